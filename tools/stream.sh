#!/bin/sh
# tools/stream.sh TARGET [SECONDS]: the kiosk page as a film or a live stream.
# TARGET: rtmp://… of a streaming service (with its key), or a file (out.flv, out.mp4). Needs Xvfb, Chromium, ffmpeg:
#   apt install xvfb chromium ffmpeg
# HAMLET_BROWSER_URL: the viewer (default http://localhost:8765). FPS, SIZE, BITRATE as below.
set -eu
target=${1:?usage: tools/stream.sh rtmp://HOST/APP/KEY|FILE [SECONDS]}
seconds=${2:-}
url="${HAMLET_BROWSER_URL:-http://localhost:8765}/?kiosk=1"
size=${SIZE:-1920x1080} fps=${FPS:-25} bitrate=${BITRATE:-4500k}
# The page is made for a width of 1920: a smaller picture shows all of it, smaller.
scale=$(echo "${size%x*}" | awk '{ printf "%.4f", $1 / 1920 }')
page=1920,$(echo "$size" | awk -Fx '{ printf "%d", $2 * 1920 / $1 }')
for tool in Xvfb ffmpeg; do
    command -v $tool >/dev/null || { echo "stream: $tool is missing: apt install xvfb chromium ffmpeg" >&2; exit 2; }
done
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome) ||
    { echo "stream: no Chromium: apt install chromium" >&2; exit 2; }
work=$(mktemp -d)
# The browser writes into its profile until it has ended.
trap 'kill $browser_id $screen_id 2>/dev/null || true; wait; rm -rf "$work"' EXIT INT TERM
browser_id='' screen_id=''
# Xvfb picks a free display and writes its number down.
Xvfb -displayfd 3 -screen 0 "${size}x24" 3>"$work/display" 2>/dev/null &
screen_id=$!
n=0
until [ -s "$work/display" ]; do
    n=$((n + 1)); [ $n -lt 100 ] || { echo "stream: no virtual screen" >&2; exit 1; }
    sleep 0.1
done
DISPLAY=":$(cat "$work/display")"
export DISPLAY
"$browser" --kiosk --no-first-run --no-default-browser-check --disable-gpu --no-sandbox --user-data-dir="$work/profile" \
    --window-position=0,0 --window-size="$page" --hide-scrollbars \
    --force-device-scale-factor="$scale" --app="$url" >/dev/null 2>&1 &
browser_id=$!
sleep 5
case $target in
    rtmp*) format="-f flv -flvflags no_duration_filesize" ;; # a stream has no header to go back to
    *.flv) format="-f flv" ;;
    *) format="-movflags +faststart" ;;
esac
# Services refuse a stream without sound: silence.
# shellcheck disable=SC2086
ffmpeg -nostdin -v warning -f x11grab -draw_mouse 0 -framerate "$fps" -video_size "$size" -i "$DISPLAY" \
    -f lavfi -i anullsrc=channel_layout=stereo:sample_rate=44100 ${seconds:+-t "$seconds"} \
    -c:v libx264 -preset veryfast -b:v "$bitrate" -maxrate "$bitrate" -bufsize "$bitrate" -pix_fmt yuv420p \
    -g $((fps * 2)) -c:a aac -b:a 96k $format -y "$target"
