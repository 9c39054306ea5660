"""Measure speed: `python -m bench.speed bulk|single|hostile ...`; each says more with --help."""

from __future__ import annotations

import argparse

from bench.speed import bulk, hostile, single

_COMMANDS = {"bulk": bulk, "hostile": hostile, "single": single}


def main() -> None:
    """Run the benchmark that is named."""
    parser = argparse.ArgumentParser(prog="bench.speed", description=__doc__)
    commands = parser.add_subparsers(required=True)
    for name, module in _COMMANDS.items():
        command = commands.add_parser(
            name, description=module.__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        module.arguments(command)
        command.set_defaults(run=module.run)
    given = parser.parse_args()
    given.run(given)


if __name__ == "__main__":
    main()
