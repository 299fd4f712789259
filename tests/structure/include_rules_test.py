"""Proves that include_rules.py finds planted violations and accepts what is allowed."""

import pathlib
import tempfile
import unittest

import include_rules


class IncludeRules(unittest.TestCase):
    def check(self, path, *lines):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            file = root / path
            file.parent.mkdir(parents=True)
            first = ["#pragma once"] if path.endswith(".hpp") else []
            file.write_text("\n".join([*first, *lines, ""]), encoding="utf-8")
            return include_rules.check_tree(root)

    def assert_refused(self, path, *lines):
        found = self.check(path, *lines)
        last_line = max(1, len(lines) + (1 if path.endswith(".hpp") else 0))
        self.assertEqual(len(found), 1, found)
        self.assertTrue(found[0].startswith(f"{path}:{last_line}: "), found)

    def assert_allowed(self, path, *lines):
        self.assertEqual(self.check(path, *lines), [])

    def test_core_stands_on_the_standard_library_and_files(self):
        self.assert_allowed("src/core/a.cpp", "#include <vector>", "#include <streamkit/core/b.hpp>")
        self.assert_refused("src/core/a.cpp", "#include <sqlite3.h>")
        self.assert_refused("src/core/a.cpp", "#include <sys/socket.h>")
        self.assert_allowed("src/core/a.cpp", "#include <unistd.h>")
        self.assert_refused("include/streamkit/core/a.hpp", "#include <unistd.h>")
        self.assert_refused("src/core/a.cpp", "#include <vector>", "#include <streamkit/hls/b.hpp>")

    def test_siblings_do_not_include_each_other(self):
        self.assert_refused("src/hls/a.cpp", "#include <streamkit/media/b.hpp>")
        self.assert_refused("include/streamkit/stereo/a.hpp", "#include <streamkit/media/b.hpp>")
        self.assert_refused("src/stereo/a.cpp", '#include "media/ffmpeg_handles.hpp"')
        self.assert_allowed("src/capture/a.cpp", "#include <streamkit/media/b.hpp>")

    def test_a_library_belongs_to_its_room(self):
        self.assert_allowed("src/media/a.cpp", "#include <libavutil/error.h>")
        self.assert_refused("src/media/a.cpp", "#include <curl/curl.h>")
        self.assert_allowed("src/net/a.cpp", "#include <openssl/evp.h>")
        self.assert_refused("src/local/a.cpp", "#include <nlohmann/json.hpp>")

    def test_public_headers_show_no_library(self):
        self.assert_refused("include/streamkit/media/a.hpp", "#include <libavutil/error.h>")
        self.assert_refused("include/streamkit/net/a.hpp", "", "struct CURLHandle;")
        self.assert_refused("include/streamkit/local/a.hpp", "struct sqlite3;")
        self.assert_refused("include/streamkit/media/a.hpp", "void take(struct AVFrame* frame);")
        self.assert_allowed("include/streamkit/media/a.hpp", "/// Wraps an AVFrame.")
        self.assert_allowed("include/streamkit/media/a.hpp", "/* AVFrame", "AVPacket */")

    def test_public_headers_are_plain(self):
        self.assert_refused("include/streamkit/core/a.hpp", "#ifdef STREAMKIT_X")
        self.assert_refused("include/streamkit/core/a.hpp", "using namespace std;")
        self.assert_refused("include/streamkit/core/a.hpp", '#include "b.hpp"')

    def test_headers_begin_with_pragma_once(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "src/core/a.hpp"
            file.parent.mkdir(parents=True)
            file.write_text("struct A {};\n", encoding="utf-8")
            self.assertEqual(len(include_rules.check_tree(pathlib.Path(folder))), 1)

    def test_a_commented_include_is_none(self):
        self.assert_allowed("src/core/a.cpp", "// #include <sqlite3.h>")

    def test_adapters_do_not_include_each_other(self):
        self.assert_refused("adapters/smoke/a.cpp", '#include "capture/b.hpp"')
        self.assert_refused("adapters/common/a.cpp", '#include "smoke/b.hpp"')
        self.assert_allowed("adapters/smoke/a.cpp", "#include <streamkit/media/b.hpp>",
                            "#include <boost/x.hpp>")

    def test_programs_include_no_private_header(self):
        self.assert_refused("adapters/worker/a.cpp", '#include "worker/not_here.hpp"')
        self.assert_refused("examples/player/a.cpp", '#include "media/b.hpp"')
        self.assert_refused("examples/player/a.cpp", '#include "common/command_line.hpp"')

    def test_an_unknown_room_needs_a_row(self):
        self.assert_refused("src/garage/a.cpp")


if __name__ == "__main__":
    unittest.main()
