# SPDX-License-Identifier: MIT
"""Triton's own client against /v2, with JSON and with binary tensors."""
import unittest

import numpy
import tritonclient.http as triton
from tritonclient.utils import InferenceServerException

from nevus_server import PHOTO, running


class TritonClient(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.context = running()
        cls.server = cls.context.__enter__()
        cls.client = triton.InferenceServerClient(f"127.0.0.1:{cls.server.port}")

    @classmethod
    def tearDownClass(cls):
        cls.client.close()
        cls.context.__exit__(None, None, None)

    def test_health_and_metadata(self):
        self.assertTrue(self.client.is_server_live() and self.client.is_server_ready())
        self.assertTrue(self.client.is_model_ready("fast"))
        self.assertFalse(self.client.is_model_ready("none"))
        self.assertIn("binary_tensor_data", self.client.get_server_metadata()["extensions"])
        self.assertEqual(self.client.get_model_metadata("fast")["inputs"][0]["name"], "image")

    def infer(self, values, binary, outputs=("logits", "probabilities"), version=""):
        tensor = triton.InferInput("image", list(values.shape), "FP32")
        tensor.set_data_from_numpy(values, binary_data=binary)
        wanted = [triton.InferRequestedOutput(name, binary_data=binary) for name in outputs]
        return self.client.infer("fast", [tensor], outputs=wanted, request_id="7", model_version=version)

    def test_json_and_binary_tensors_mean_the_same(self):
        values = numpy.random.default_rng(1).standard_normal((3, 3, 192, 192)).astype(numpy.float32)
        as_json, as_binary = self.infer(values, False), self.infer(values, True)
        for name in ("logits", "probabilities"):
            self.assertEqual(as_binary.as_numpy(name).shape, (3, 7))
            numpy.testing.assert_allclose(as_json.as_numpy(name), as_binary.as_numpy(name), rtol=1e-4, atol=1e-5)
        numpy.testing.assert_allclose(as_binary.as_numpy("probabilities").sum(axis=1), 1, rtol=1e-5)
        alone = self.infer(values[1:2], True).as_numpy("logits")
        numpy.testing.assert_allclose(alone, as_binary.as_numpy("logits")[1:2], rtol=1e-4, atol=1e-4)

    def test_a_photo_is_enough(self):
        analysis = self.server.client().analyse().json()
        tensor = triton.InferInput("photo", [1], "BYTES")
        tensor.set_data_from_numpy(numpy.array([PHOTO], dtype=object))
        answer = self.client.infer("fast", [tensor])
        numpy.testing.assert_allclose(answer.as_numpy("probabilities")[0], list(analysis["probabilities"].values()), atol=1e-5)
        self.assertEqual(answer.as_numpy("class_maps").shape[:2], (1, 7))

    def test_a_client_may_name_the_version(self):
        version = self.client.get_model_metadata("fast")["versions"][0]
        values = numpy.zeros((1, 3, 192, 192), numpy.float32)
        self.assertEqual(self.infer(values, True, version=version).get_response()["model_version"], version)
        self.assertTrue(self.client.is_model_ready("fast", version))
        with self.assertRaisesRegex(InferenceServerException, 'and no "7"'):
            self.infer(values, True, version="7")

    def test_errors_reach_the_client_in_words(self):
        with self.assertRaisesRegex(InferenceServerException, "must be image, FP32"):
            self.infer(numpy.zeros((1, 3, 8, 8), numpy.float32), True)
        with self.assertRaisesRegex(InferenceServerException, "which there is not"):
            self.infer(numpy.zeros((1, 3, 192, 192), numpy.float32), True, ("heat",))
        with self.assertRaisesRegex(InferenceServerException, "no model"):
            self.client.infer("none", [triton.InferInput("image", [1], "FP32")])


if __name__ == "__main__":
    unittest.main()
