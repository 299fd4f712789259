"""Checks tools/depth_training: scenes from a seed, a few steps of training, the integer file.

Usage: depth_training_test.py SOURCE_ROOT. Exits with 77 (skipped) where torch is not installed.
"""

import hashlib
import pathlib
import struct
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else __file__).resolve()
TOOLS = ROOT / "tools/depth_training"
COMMITTED = ROOT / "src/stereo/own_depth/own_depth.bin"
MOST_MULTIPLICATIONS = 260e6
MOST_BYTES = 2_500_000

try:
    import numpy
    import torch
except ImportError as missing:
    print(f"skipped: {missing}; python3-torch is needed")
    sys.exit(77)

sys.path.insert(0, str(TOOLS))
import network as networks  # noqa: E402
from augment import Augmenter, Shares  # noqa: E402
from checkpoint import load_network  # noqa: E402
from dice import Dice  # noqa: E402
from integer_network import IntegerNetwork, run_integer  # noqa: E402
from quantize import bytes_of  # noqa: E402
from scenes import SceneMaker  # noqa: E402

torch.set_num_threads(1)


def run(script, *arguments):
    return subprocess.run([sys.executable, "-B", str(TOOLS / script), *map(str, arguments)], check=True,
                          capture_output=True, text=True)


class Scenes(unittest.TestCase):
    def test_are_the_same_from_a_seed(self):
        first, second, other = [SceneMaker("cpu", seed).batch(2, 32, 64) for seed in (1, 1, 2)]
        for one, again, different in zip(first, second, other):
            self.assertTrue(torch.equal(one, again))
            self.assertFalse(torch.equal(one, different))

    def test_have_colours_and_depth(self):
        picture, inverse = SceneMaker("cpu", 5).batch(6, 64, 96)
        self.assertTrue(torch.isfinite(picture).all() and torch.isfinite(inverse).all())
        self.assertGreater(float(picture.std()), .05)
        self.assertGreaterEqual(float(inverse.min()), 0)
        self.assertGreater(float(inverse.max()), 0)

    def test_flat_pictures_have_no_depth(self):
        picture, inverse = SceneMaker("cpu", 5).batch(2, 32, 64)
        sample = Augmenter(Dice(1, "cpu"), Shares(0, 0, 0, 0, flat=1))(picture, inverse)
        self.assertTrue(sample.absolute.all())
        self.assertEqual(float(sample.target.abs().max()), 0)


class Training(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        out = pathlib.Path(cls.folder.name)
        run("train.py", "--smoke", "--steps", 4, "--device", "cpu", "--threads", 1, "--out", out)
        run("quantize.py", out / "last.pt", "--out", out, "--pictures", 1)
        cls.out = out
        cls.file = (out / "own_depth.bin").read_bytes()

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_integers_compute_what_the_network_does(self):
        picture = SceneMaker("cpu", 9).batch(1, 64, 96)[0][0]
        network = load_network(self.out / "last.pt")
        with torch.no_grad():
            exact = network(torch.from_numpy(bytes_of(picture)).permute(2, 0, 1)[None] / 255.0)[0, 0].numpy()
        integer = run_integer(self.file, bytes_of(picture))
        self.assertEqual(integer.shape, (32, 48))
        agreement = numpy.corrcoef(exact.reshape(-1), integer.reshape(-1))[0, 1]
        self.assertGreater(agreement, .99)

    def test_vectors_are_what_the_file_computes(self):
        data = (self.out / "own_depth_vectors.bin").read_bytes()
        width, height = struct.unpack_from("<HH", data, 2)
        picture = numpy.frombuffer(data, numpy.uint8, width * height * 3, 6).reshape(height, width, 3)
        expected = numpy.frombuffer(data, "<i2", width * height // 4, 6 + width * height * 3)
        self.assertTrue((run_integer(self.file, picture).reshape(-1) == expected).all())

    def test_the_file_reads_back_and_fits(self):
        network = IntegerNetwork.parse(self.file)
        self.assertEqual(network.write(), self.file)
        self.assertLessEqual(len(self.file), MOST_BYTES)
        for layer in network.layers:
            self.assertLess(layer.largest_sum().max(), 1 << 31)
            self.assertTrue((layer.shifts() >= 1).all() and (layer.shifts() <= 24).all())


class Shapes(unittest.TestCase):
    def test_cost_no_more_than_the_engine_is_given(self):
        for shape in networks.SHAPES.values():
            self.assertLessEqual(shape.multiplications(96, 160), MOST_MULTIPLICATIONS)

    @unittest.skipUnless(COMMITTED.exists(), "no weights are committed")
    def test_committed_weights_are_of_a_shape_here(self):
        data = COMMITTED.read_bytes()
        network = IntegerNetwork.parse(data)
        channels = tuple(level[0] for level in network.levels)
        residuals = tuple(level[1] for level in network.levels)
        self.assertIn((channels, residuals, network.contexts),
                      [(shape.channels, shape.encoder_residuals, shape.contexts)
                       for shape in networks.SHAPES.values()])
        text = COMMITTED.with_suffix(".txt").read_text(encoding="utf-8")
        self.assertIn(hashlib.sha256(data).hexdigest(), text)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
