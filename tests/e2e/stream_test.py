"""A whole stream through separate server, worker and capture processes, played to the end by four
players.

Usage: stream_test.py FOLDER_OF_PROGRAMS scene|clip
"""

import kit
import media
import players
import playlists

SECONDS = 21
CHUNK_SECONDS = 5


class Stored:
    """What capture uploaded: the measure for all that comes out."""

    def __init__(self, files):
        kit.expect(files, "capture stored no chunk")
        self.chunks = [(media.track(file, "video"), media.track(file, "audio")) for file in files]
        self.frame = 1 / media.rate(files[0])
        self.pictures = sum(len(video.packets) for video, _ in self.chunks)
        self.end = self.chunks[-1][0].end

    def sound_digests(self):
        return [digest for _, audio in self.chunks for digest in audio.digests()]


def check_playlist(stage, found, stored):
    kit.expect_equal(len(found.segments), len(stored.chunks), "segments listed")
    kit.expect_equal(found.tags.get("#EXT-X-PLAYLIST-TYPE"), "EVENT", "playlist type")
    kit.expect("#EXT-X-INDEPENDENT-SEGMENTS" in found.tags, "EXT-X-INDEPENDENT-SEGMENTS is missing")
    kit.expect("#EXT-X-PROGRAM-DATE-TIME" in found.tags, "EXT-X-PROGRAM-DATE-TIME is missing")
    kit.expect(int(found.tags["#EXT-X-VERSION"]) >= 6, "EXT-X-VERSION is below 6")
    longest = max(segment.duration for segment in found.segments)
    kit.expect(round(longest) <= found.target_duration(), "EXT-X-TARGETDURATION is too small")
    playlists.expect_strictly_valid(stage, found)
    url, length, offset = found.header_range
    kit.expect_equal(url, found.segments[0].url, "URI of EXT-X-MAP")
    kit.expect_equal(offset, 0, "offset of EXT-X-MAP")
    kit.expect_equal(found.segments[0].offset, length, "offset of the first segment")

    # Any contiguous sum of EXTINF within a frame of the pictures' times.
    drift = [0]
    position = 0
    for segment, (video, _) in zip(found.segments, stored.chunks):
        position += segment.duration
        drift.append(position - float(video.end))
    kit.expect(max(drift) - min(drift) <= stored.frame,
               f"sums of EXTINF stray from the media: {drift}")


def check_segments(stage, found, stored):
    """Each plays alone and is what its chunk became."""
    for number, (segment, (video, audio)) in enumerate(zip(found.segments, stored.chunks)):
        path = stage.folder / f"segment_{number}.mp4"
        path.write_bytes(kit.get(segment.url))
        what = f"segment {number}"
        kit.expect_equal(segment.offset + segment.length, path.stat().st_size,
                         f"end of the byte range of {what}")
        pictures, sounds = media.decoded(path)
        kit.expect_equal(pictures, len(video.packets), f"pictures of {what}, alone")
        kit.expect_equal(sounds, len(audio.packets), f"sound frames of {what}, alone")
        made = media.track(path, "video")
        kit.expect_same_list([packet.pts for packet in made.packets],
                             [packet.pts for packet in video.packets], f"picture times of {what}")
        kit.expect_equal(made.description["width"], 2 * video.description["width"],
                         f"width of {what}")
        kit.expect_equal(media.stereo_packing(path), ("side by side", "side by side"),
                         f"packing that {what} tells")
        sound = media.track(path, "audio")
        kit.expect_same_list(sound.digests(), audio.digests(), f"sound of {what}")
        kit.expect_same_list([packet.pts for packet in sound.packets],
                             [packet.pts for packet in audio.packets], f"sound times of {what}")


def check_players(stage, url, stored):
    browser = players.HlsJsPlay(stage, url)
    shown = players.FfmpegPlay(stage, url).result(120)
    players.expect_all_shown("FFmpeg", shown, stored.pictures, stored.frame)
    kit.expect_same_list([packet.digest for packet in shown.sounds], stored.sound_digests(),
                         "sound packets that FFmpeg read")
    media.expect_sound_joined(shown.sounds, media.Fraction(1, 48_000), "FFmpeg")
    kit.note("FFmpeg played it")

    shown = players.GstreamerPlay(stage, url).result(120)
    players.expect_all_shown("GStreamer", shown, stored.pictures, stored.frame)
    media.expect_sound_joined(shown.sounds, stored.frame / 2, "GStreamer")
    heard = sum(packet.duration for packet in shown.sounds)
    kit.expect_near(heard, stored.end, 3 * stored.frame, "sound that GStreamer decoded")
    kit.note("GStreamer played it")

    shown = players.MpvPlay(stage, url).result(120)
    players.expect_all_shown("mpv", shown, stored.pictures, stored.frame)
    kit.note("mpv played it")

    players.expect_hls_js_showed_all(browser.result(120), stored.pictures, stored.end,
                                     stored.frame)
    kit.note("hls.js played it")


def test(stage, source):
    if source == "clip":
        # The clip lasts 7.8 s: the stream crosses its end twice.
        arguments = ["--input", kit.test_data() / "mdn_rabbit.mp4", "--loop"]
    else:
        arguments = ["--input", "test"]
    url, _ = stage.server("--log-level", "warning")
    stage.worker("--log-level", "warning")
    capture = stage.capture(url, *arguments, "--duration", str(SECONDS), "--speed", "max",
                            "--chunk-seconds", str(CHUNK_SECONDS))
    watch = playlists.PlaylistWatch(capture.playlist_url)
    capture.running.wait(120)
    kit.note("captured")
    found = playlists.wait_for_end(capture.playlist_url, 150)
    kit.note("ended")
    watch.stop()
    watch.expect_only_grew()

    stored = Stored(stage.chunk_files(capture.session_id))
    kit.expect_equal(len(stored.chunks), -(-SECONDS // CHUNK_SECONDS), "chunks")
    kit.expect_near(stored.end, SECONDS, stored.frame, "length of the stream")
    media.expect_sound_joined([packet for _, audio in stored.chunks for packet in audio.packets],
                              media.Fraction(1, 48_000), "capture")
    check_playlist(stage, found, stored)
    check_segments(stage, found, stored)
    kit.note("segments are right")
    check_players(stage, capture.playlist_url, stored)


kit.main(test, 280)
