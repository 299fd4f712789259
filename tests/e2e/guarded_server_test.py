"""A server as it stands on the internet: HTTPS, API keys, reloading on SIGHUP. Capture, worker,
smoke test and a player get through with the key, and nobody without."""

import signal
import ssl
import urllib.error
import urllib.request

import kit
import playlists


def make_certificate(folder):
    certificate, key = folder / "cert.pem", folder / "key.pem"
    kit.run([kit.tool("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
             "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
             "-keyout", key, "-out", certificate], 60)
    return certificate, key


def new_key(stage, name):
    """A new API key, and the line that lets it in."""
    printed = stage.run("streamkit-server", "new-api-key", name).stdout
    fields = dict(line.split(":", 1) for line in printed.splitlines() if ":" in line)
    return fields["key"].strip(), fields["line"].strip()


class Https:
    def __init__(self, url, certificate):
        self._url = url
        self._context = ssl.create_default_context(cafile=certificate)

    def status(self, method, path, bearer=None):
        call = urllib.request.Request(self._url + path, method=method)
        if bearer:
            call.add_header("Authorization", f"Bearer {bearer}")
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}),
                                             urllib.request.HTTPSHandler(context=self._context))
        try:
            with opener.open(call, timeout=30 * kit.PATIENCE) as answer:
                return answer.status
        except urllib.error.HTTPError as refused:
            refused.close()
            return refused.code


def check_creation(https, keys):
    """`keys`: what each key, or None, gets."""
    for key, expected in keys.items():
        kit.expect_equal(https.status("POST", "/stream_sessions", key), expected,
                         f"creating a session with {'a key' if key else 'no key'}")


def change_keys(file, lines, server, keys_now):
    file.write_text("".join(line + "\n" for line in lines))
    logged_before = len(server.stderr())
    server.send(signal.SIGHUP)
    kit.wait_until(lambda: f'"keys":"{keys_now}"' in server.stderr()[logged_before:], 20,
                   "the keys to be read again")


def test(stage):
    certificate, tls_key = make_certificate(stage.folder)
    first, first_line = new_key(stage, "first")
    second, second_line = new_key(stage, "second")
    keys = stage.folder / "keys"
    keys.touch(0o600)
    keys.write_text(first_line + "\n")

    server = stage.start([stage.program("streamkit-server"), "--listen", "127.0.0.1:0",
                          "--data-dir", stage.data_dir, "--api-keys", keys,
                          "--tls-cert", certificate, "--tls-key", tls_key])
    port = server.wait_for_line(r"listening on https://127\.0\.0\.1:(\d+)")[1]
    url = f"https://localhost:{port}"
    https = Https(url, certificate)
    check_creation(https, {None: 401, second: 403, first: 200})
    change_keys(keys, [second_line, first_line], server, 2)
    check_creation(https, {None: 401, second: 200})

    stage.worker("--log-level", "error", "--preset", "ultrafast")
    trust = stage.environment(SSL_CERT_FILE=str(certificate))
    refused = stage.run("streamkit-capture", "--api-base", url, "--api-key", "wrong", env=trust,
                        succeeds=False)
    kit.expect(refused.returncode == 1 and "403" in refused.stderr, refused.stderr)
    untrusted = stage.run("streamkit-capture", "--api-base", url, "--api-key", second,
                          succeeds=False)
    kit.expect(untrusted.returncode == 1 and "certificate" in untrusted.stderr, untrusted.stderr)

    smoke = stage.run("streamkit-smoke", "--base-url", url, "--api-key", second, "--ca-file",
                      certificate, seconds=150)
    kit.expect("all checks passed" in smoke.stdout, smoke.stdout)

    captured = stage.run("streamkit-capture", "--api-base", url, "--api-key", second, "--duration",
                         "8", "--chunk-seconds", "2", "--speed", "max", "--size", "720p", env=trust,
                         seconds=120)
    playlist = [line for line in captured.stdout.splitlines() if line.endswith(".m3u8")][0]
    kit.expect(playlist.startswith(url), playlist)
    check_plays(playlist, certificate)


def check_plays(playlist, certificate):
    context = ssl.create_default_context(cafile=certificate)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}),
                                         urllib.request.HTTPSHandler(context=context))

    def complete():
        with opener.open(playlist, timeout=30 * kit.PATIENCE) as answer:
            text = answer.read().decode()
        return text if "#EXT-X-ENDLIST" in text else None

    text = kit.wait_until(complete, 60, "the end of the playlist")
    kit.expect_equal(len(playlists.Playlist(text, playlist).segments), 4, "segments")
    frames = kit.run([kit.tool("ffprobe"), "-v", "error", "-ca_file", certificate, "-tls_verify", "1",
                      "-count_frames", "-select_streams", "v:0", "-show_entries",
                      "stream=nb_read_frames", "-of", "csv=p=0", playlist], 60)
    kit.expect_equal(frames.stdout.split()[0].strip(","), "240", "frames over HTTPS")


if __name__ == "__main__":
    kit.main(test, 170)
