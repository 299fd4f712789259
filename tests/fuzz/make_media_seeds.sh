#!/usr/bin/env bash
# Writes the seeds of the fuzz targets that read media: a few kilobytes for each container and
# codec, with FFmpeg.
#   tests/fuzz/make_media_seeds.sh FOLDER
set -euo pipefail
[ $# -eq 1 ] || {
  echo "usage: tests/fuzz/make_media_seeds.sh FOLDER" >&2
  exit 2
}
mkdir -p "$1"
cd "$1"

video=(-f lavfi -i "testsrc2=size=32x32:rate=10:duration=0.6")
audio=(-f lavfi -i "sine=frequency=440:sample_rate=16000:duration=0.6")
h264=(-c:v libx264 -preset veryfast -crf 40 -g 3 -pix_fmt yuv420p -x264-params "threads=1:info=0")
aac=(-c:a aac -b:a 16k)

# write NAME ARGUMENTS...: of the test picture and tone.
write() {
  local name=$1
  shift
  ffmpeg -v error -y -bitexact "${video[@]}" "${audio[@]}" "$@" -bitexact "$name"
}
fragments=(-movflags +frag_keyframe+empty_moov+default_base_moof)

write plain.mp4 "${h264[@]}" "${aac[@]}"
write index_in_front.mp4 "${h264[@]}" "${aac[@]}" -movflags +faststart
write fragments.mp4 "${h264[@]}" "${aac[@]}" "${fragments[@]}"
write fragments_with_sidx.mp4 "${h264[@]}" "${aac[@]}" -movflags +dash+frag_keyframe
write two_sounds.mp4 "${h264[@]}" "${aac[@]}" -map 0 -map 1 -map 1
write video_only.mp4 "${h264[@]}" -an
write sound_only.mp4 -vn "${aac[@]}"
write hevc.mp4 -c:v libx265 -preset ultrafast -crf 40 -tag:v hvc1 \
  -x265-params "log-level=none:pools=none:frame-threads=1:info=0" "${aac[@]}"
write hdr.mp4 -c:v libx265 -preset ultrafast -crf 40 -tag:v hvc1 -pix_fmt yuv420p10le -frames:v 2 -an \
  -color_primaries bt2020 -color_trc smpte2084 -colorspace bt2020nc \
  -x265-params "log-level=none:pools=none:frame-threads=1:info=0:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc:max-cll=1000,400:master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1)"
write wide_colours.mov -c:v prores_ks -profile:v 4 -pix_fmt yuva444p10le -frames:v 1 -an \
  -color_primaries smpte432 -color_trc arib-std-b67 -colorspace smpte240m
write not_square.mkv "${h264[@]}" -vf "setsar=3/2,setfield=tff" -flags +ilme+ildct -frames:v 2 -an
write other_codecs.mp4 -c:v mpeg4 -q:v 20 -c:a libmp3lame -b:a 16k
write pcm.mov "${h264[@]}" -c:a pcm_s16le -ar 8000
write pictures.mov -c:v png -frames:v 2 -c:a pcm_s16le -ar 8000 -t 0.2
write prores.mov -c:v prores_ks -profile:v 0 -frames:v 1 -an
write plain.mkv "${h264[@]}" "${aac[@]}"
write ffv1.mkv -c:v ffv1 -frames:v 2 -c:a flac
write vp8.webm -c:v libvpx -b:v 20k -c:a libopus -b:a 16k
write vp9.webm -c:v libvpx-vp9 -b:v 20k -c:a libvorbis -ac 2
write plain.ts "${h264[@]}" "${aac[@]}"
write mpeg2.ts -c:v mpeg2video -q:v 20 -r 25 -c:a mp2 -b:a 32k
write plain.avi -c:v mpeg4 -q:v 20 -c:a libmp3lame -b:a 16k
write plain.flv "${h264[@]}" -c:a aac -b:a 16k
write plain.ogg -c:v libtheora -q:v 1 -c:a libvorbis -ac 2
write sound.wav -vn -c:a pcm_s16le -ar 8000 -t 0.2
write sound.mp3 -vn -c:a libmp3lame -b:a 16k
write sound.aac -vn "${aac[@]}"
