"""Proves that wording.py finds planted words and accepts what is allowed."""

import pathlib
import tempfile
import unittest

import wording


class Wording(unittest.TestCase):
    def check(self, path, *lines, place="core"):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            file = root / path
            file.parent.mkdir(parents=True)
            file.write_text("\n".join([*lines, ""]), encoding="utf-8")
            return wording.check_tree(root, [place])

    def assert_found(self, word, line, path, *lines, place="core"):
        found = self.check(path, *lines, place=place)
        self.assertEqual(len(found), 1, found)
        self.assertTrue(found[0].startswith(f"{path}:{line}: '{word}': write "), found)

    def assert_accepted(self, path, *lines, place="core"):
        self.assertEqual(self.check(path, *lines, place=place), [])

    def test_docstrings_of_public_headers_are_checked(self):
        header = "include/streamkit/core/a.hpp"
        self.assert_found("answer", 2, header, "int a();", "/// Returns the answer.", "int b();")
        self.assert_found("Refused", 1, header, "int a();  ///< Refused.")
        self.assert_accepted(header, "/// Returns the response.", "int answer();  // an answer")
        self.assert_accepted("src/core/a.hpp", "/// The answer.")

    def test_messages_are_checked(self):
        source = "src/core/a.cpp"
        self.assert_found("is no", 2, source, "f();", 'g("this is no API key");')
        self.assert_found("at once", 3, source, "g(", '"do it "', '"at once");')
        self.assert_found("refused", 1, source, 'g(name + " was refused");')
        self.assert_found("pieces", 2, source, 'g(R"(first', 'of two pieces)");')
        self.assert_found("answer", 1, "include/streamkit/core/a.hpp", 'g("no answer");')
        self.assert_accepted(source, 'g("unknown API key");  // this is no API key')

    def test_texts_that_are_no_messages_are_left_alone(self):
        source = "src/core/a.cpp"
        self.assert_accepted(source, 'count("streamkit_uploads_refused_total");', 'error("refused");')
        self.assert_accepted(source, '#include "answer of.hpp"')
        self.assert_accepted(source, "/* no answer */ g('\"'); // \"no answer\"", "g('\"');")

    def test_a_phrase_may_go_over_a_line_break(self):
        self.assert_found("so many", 1, "include/streamkit/core/a.hpp", "/// Reads at most so",
                          "/// many bytes.")

    def test_each_word_of_the_glossary_is_found(self):
        for text in ("no answers", "a picture", "its sounds", "at once", "in pieces", "it refuses",
                     "it tells", "it said", "is buried", "made when absent", "is no number",
                     "are none", "none of it", "it lies", "it stands", "is lent", "so long",
                     "a door", "goes on", "is there twice"):
            with self.subTest(text):
                self.assertEqual(len(self.check("src/core/a.cpp", f'g("x {text} x");')), 1)

    def test_what_only_looks_like_a_word_of_the_glossary_is_accepted(self):
        for text in ("an H.264 picture", "a coded picture", "StillPicture", "picture_size",
                     "there is no name", "is no longer than", "none given", "outlies",
                     "stands for 8", "standard", "asleep", "bury()", "once", "unanswered"):
            with self.subTest(text):
                self.assert_accepted("src/core/a.cpp", f'g("x {text} x");')

    def test_code_quotations_and_urls_are_not_words(self):
        header = "include/streamkit/core/a.hpp"
        self.assert_accepted(header, "/// Calls `picture` of https://example.org/door/answer.")
        self.assert_accepted(header, '/// Source: A. Author, "The answer".')

    def test_a_docstring_begins_with_a_verb_or_a_noun(self):
        header = "include/streamkit/core/a.hpp"
        for opening in ("Of", "Who", "Behind", "What", "Makes", "Tells"):
            with self.subTest(opening):
                self.assertGreaterEqual(len(self.check(header, f"/// {opening} the frame.")), 1)
        self.assert_accepted(header, "/// Returns the frames", "/// Of May.", "/// Offers one.")

    def test_a_file_may_use_a_word_in_its_own_sense(self):
        path = "include/streamkit/core/a.hpp"
        wording.ALLOWED[path] = {"door"}
        try:
            self.assert_accepted(path, "/// Draws the door of the room.")
            self.assert_found("answer", 1, path, "/// Draws an answer.")
        finally:
            del wording.ALLOWED[path]

    def test_adapters_are_checked_for_messages(self):
        self.assert_found("refuses", 1, "adapters/worker/main.cpp", 'g("it refuses to start");',
                          place="adapters/worker")
        self.assert_accepted("adapters/worker/a.hpp", "/// The answer.", place="adapters/worker")

    def test_rooms_that_are_not_listed_are_not_checked(self):
        self.assert_accepted("src/garage/a.cpp", 'g("no answer");')


if __name__ == "__main__":
    unittest.main()
