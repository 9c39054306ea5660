#!/bin/sh
# A browser for the tests in tests/browser: installed where that can be done, said so where it cannot.
command -v chromium >/dev/null && command -v chromedriver >/dev/null && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "Chromium is installed for the browser tests (apt-get; BROWSER=no leaves that out) ..."
  export DEBIAN_FRONTEND=noninteractive
  { timeout 60 apt-get -qq update && timeout 240 apt-get -qq install -y --no-install-recommends chromium chromium-driver; } \
    >/dev/null 2>&1 && exit 0
fi
echo "No Chromium could be installed here: the browser tests are skipped. By hand: apt-get install -y chromium chromium-driver"
