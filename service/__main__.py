"""`python -m service` is `muster`."""

from service.cli import main

if __name__ == "__main__":
    main()
