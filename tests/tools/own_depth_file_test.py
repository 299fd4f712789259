"""The committed weights are what their text file and the committed scripts say. Usage: own_depth_file_test.py ROOT"""

import ast
import hashlib
import pathlib
import struct
import sys
import unittest

ROOT = pathlib.Path(sys.argv.pop(1))
FOLDER = ROOT / "src" / "stereo" / "own_depth"
SCRIPTS = ROOT / "tools" / "depth_training"
MOST_BYTES = 2_500_000


def told(name):
    for line in (FOLDER / "own_depth.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith(name + " "):
            return line.removeprefix(name + " ")
    raise AssertionError(f"own_depth.txt has no line '{name}'")


def shape_in(call):
    """The arguments of Shape(...), without running what PyTorch would be needed for."""
    return {argument.arg: ast.literal_eval(argument.value) for argument in call.keywords}


def shapes_of_the_script():
    tree = ast.parse((SCRIPTS / "network.py").read_text(encoding="utf-8"))
    defaults = {}
    found = []
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name == "Shape":
            defaults = {field.target.id: ast.literal_eval(field.value)
                        for field in node.body if isinstance(field, ast.AnnAssign)}
        if isinstance(node, ast.Assign) and node.targets[0].id == "SHAPES":
            found = [shape_in(call) for call in node.value.values]
    return [{**defaults, **shape} for shape in found]


def shape_of_the_file(data):
    magic, version, levels = struct.unpack_from("<4sHH", data)
    assert (magic, version) == (b"SKDN", 1), (magic, version)
    channels, residuals, at = [], [], 8
    for _ in range(levels):
        width, count, _ = struct.unpack_from("<HBb", data, at)
        channels.append(width)
        residuals.append(count)
        at += 4
    return tuple(channels), tuple(residuals), data[at]


class CommittedWeights(unittest.TestCase):
    def setUp(self):
        self.data = (FOLDER / "own_depth.bin").read_bytes()

    def test_have_the_checksum_and_size_that_are_told(self):
        self.assertEqual(hashlib.sha256(self.data).hexdigest(), told("sha256"))
        self.assertEqual(len(self.data), int(told("bytes")))
        self.assertLessEqual(len(self.data), MOST_BYTES)

    def test_are_of_a_shape_of_the_script(self):
        told_shape = shape_in(ast.parse(told("shape"), mode="eval").body)
        self.assertIn(told_shape, shapes_of_the_script())
        channels, residuals, contexts = shape_of_the_file(self.data)
        self.assertEqual(channels, told_shape["channels"])
        self.assertEqual(residuals, told_shape["encoder_residuals"])
        self.assertEqual(contexts, told_shape["contexts"])

    def test_tell_their_scripts(self):
        digest = hashlib.sha256()
        for path in sorted(SCRIPTS.glob("*.py")):
            digest.update(path.read_bytes())
        self.assertEqual(digest.hexdigest(), told("sources"),
                         "the scripts changed: write weights again, or correct the line 'sources'")


if __name__ == "__main__":
    unittest.main()
