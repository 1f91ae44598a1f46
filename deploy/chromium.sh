#!/usr/bin/env bash
# The browser journeys need Chromium. Install Debian's where that is possible; otherwise they are skipped,
# and the last line of the tests says so.
set -u
for name in chromium chromium-browser google-chrome; do
  command -v "$name" >/dev/null 2>&1 && exit 0
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "Installing Chromium for the browser journeys …"
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null && exit 0
fi
echo "Chromium is missing and cannot be installed here: the browser journeys will be skipped."
