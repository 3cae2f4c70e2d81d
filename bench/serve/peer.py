# SPDX-License-Identifier: MIT
"""The peer of `nevus serve`: FastAPI, ONNX Runtime and Pillow on the same network, as many write it. uvicorn serves `app`.

It decodes, prepares and classifies; it measures no quality and draws nothing, which nevus does in the same time.
"""
import io
import json
import os
import pathlib

import numpy
import onnxruntime
from fastapi import FastAPI, File, UploadFile
from PIL import Image

BUNDLE = pathlib.Path(os.environ["BUNDLE"])
CARD = json.loads((BUNDLE / "card.json").read_text())
SPEC = CARD["preprocess"]
MEAN = numpy.array(SPEC["mean"], numpy.float32)
STD = numpy.array(SPEC["std"], numpy.float32)

options = onnxruntime.SessionOptions()
options.intra_op_num_threads = int(os.environ["THREADS"])
session = onnxruntime.InferenceSession(str(BUNDLE / "network.onnx"), options, providers=["CPUExecutionProvider"])
app = FastAPI()


@app.post("/api/v1/analyses", status_code=201)
def analyse(photo: UploadFile = File()):
    image = Image.open(io.BytesIO(photo.file.read())).convert("RGB")
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    image = image.resize((SPEC["width_px"], SPEC["height_px"]), Image.BILINEAR, (left, top, left + side, top + side))
    values = (numpy.asarray(image, numpy.float32) / 255 - MEAN) / STD
    logits = session.run(["logits"], {"image": values.transpose(2, 0, 1)[None]})[0][0]
    odds = numpy.exp(logits - logits.max())
    return {"probabilities": (odds / odds.sum()).tolist()}


@app.get("/v2/health/ready")
def ready():
    return {"ready": True}
