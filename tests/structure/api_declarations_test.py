"""Proves that api_declarations.py finds what lacks the mark and leaves the rest alone."""

import unittest

import api_declarations


class ApiDeclarations(unittest.TestCase):
    def marked(self, text):
        """The lines, within a namespace, that get a mark."""
        text = "#pragma once\n\nnamespace streamkit::x {\n" + text + "\n}\n"
        lines = []
        for position in api_declarations.insertions(text):
            start = text.rfind("\n", 0, position) + 1
            lines.append(text[start:text.find("\n", position)])
        return lines

    def assert_marked(self, text):
        self.assertEqual(len(self.marked(text)), 1, text)

    def assert_left(self, text):
        self.assertEqual(self.marked(text), [], text)

    def test_classes_are_marked_where_they_are_defined(self):
        self.assert_marked("class A { void f(); };")
        self.assert_marked("struct A : B<C> {\n  int a = 0;\n};")
        self.assert_marked("class [[nodiscard]] A final { A(); };")
        self.assert_marked("template <typename T>\nclass A { void f(); };")
        self.assert_left("class A;")
        self.assert_left("class STREAMKIT_API A { void f(); };")
        self.assert_left("enum class A { B, C };")

    def test_declared_functions_are_marked(self):
        self.assert_marked("void f();")
        self.assert_marked("[[nodiscard]] Result<A> f(int a = 0, B b = {}) noexcept;")
        self.assert_marked("std::ostream& operator<<(std::ostream& out, const A& a);")
        self.assert_marked("extern const int a;")
        self.assert_left("STREAMKIT_API [[nodiscard]] Result<A> f();")

    def test_what_needs_no_symbol_is_left(self):
        self.assert_left("inline int f() { return 1; }")
        self.assert_left("constexpr int f();")
        self.assert_left("inline constexpr int a = f();")
        self.assert_left("template <typename T>\nT f(T a);")
        self.assert_left("using A = std::function<void(int)>;")
        self.assert_left("/// A comment: class A { }; void f();")
        self.assert_left('#define A(x) "f(x);"')

    def test_nested_namespaces_are_searched_and_functions_are_not(self):
        self.assert_marked("namespace y {\nvoid f();\n}")
        self.assert_left("inline void f() {\n  struct A { int a; };\n  g();\n}")

    def test_a_fix_is_complete_and_includes_the_macro(self):
        text = "#pragma once\n\n#include <string>\n\nnamespace streamkit {\nvoid f();\n}\n"
        fixed = api_declarations.fixed(text, list(api_declarations.insertions(text)))
        self.assertIn("STREAMKIT_API void f();", fixed)
        self.assertIn(api_declarations.INCLUDE, fixed)
        self.assertEqual(list(api_declarations.insertions(fixed)), [])


if __name__ == "__main__":
    unittest.main()
