# SPDX-License-Identifier: MIT
"""Pictures that are no dermatoscopic photos, to measure what `nevus` refuses (docs/ood.md).

usage: pictures.py OUT

Generated ones (noise, blanks, gradients, textures, text, forms, charts, icons) and the sample photos inside packages:
scikit-image, scikit-learn, Matplotlib, Gradio, imgaug, pygame. Needs numpy, pillow, matplotlib and these. Each file is
named KIND-NUMBER.png or .jpg; the same ones on every run.
"""
import importlib.util
import pathlib
import sys

import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

matplotlib.use("agg")
from matplotlib import pyplot  # noqa: E402

EACH = 40
SKIN = np.array([[224, 172, 150], [198, 134, 110], [240, 200, 185], [160, 100, 80], [110, 70, 50]])
PACKAGES = ("skimage", "sklearn", "matplotlib", "gradio", "imgaug", "pygame", "networkx")


def noise(rng, i):
    side = (150, 300, 450)[i % 3]
    grain = rng.integers(0, 256, (side, side * 4 // 3, 3), dtype=np.uint8)
    picture = Image.fromarray(grain)
    return picture if i % 4 else picture.filter(ImageFilter.GaussianBlur(1))


def blank(rng, i):
    colour = rng.integers(0, 256, 3) if i % 2 else SKIN[i % len(SKIN)]
    flat = np.clip(colour + rng.normal(0, i % 4, (450, 600, 3)), 0, 255)
    return Image.fromarray(flat.astype(np.uint8))


def gradient(rng, i):
    ends = rng.integers(0, 256, (2, 3)) if i % 2 else SKIN[rng.choice(len(SKIN), 2, replace=False)]
    t = np.linspace(0, 1, 600)[None, :, None] * np.ones((450, 1, 1))
    return Image.fromarray((ends[0] * (1 - t) + ends[1] * t).astype(np.uint8))


def texture(rng, i):
    """Clouds of several sizes between two colours, some of them of skin: the hardest of the generated kinds."""
    field = np.zeros((450, 600))
    for octave in range(2, 7):
        small = rng.normal(size=(2**octave, 2**octave)).astype(np.float32)
        field += np.asarray(Image.fromarray(small, mode="F").resize((600, 450), Image.BICUBIC)) / 1.6**octave
    t = ((field - field.min()) / np.ptp(field))[..., None]
    ends = rng.integers(0, 256, (2, 3)) if i % 2 else SKIN[rng.choice(len(SKIN), 2, replace=False)]
    return Image.fromarray((ends[0] * (1 - t) + ends[1] * t).astype(np.uint8))


def font(size):
    return ImageFont.truetype(str(pathlib.Path(matplotlib.get_data_path()) / "fonts/ttf/DejaVuSans.ttf"), size)


def text(rng, i):
    paper, ink = ((255, 255, 255), (20, 20, 20)) if i % 3 else ((30, 32, 40), (220, 220, 210))
    page = Image.new("RGB", (600, 450), paper)
    draw = ImageDraw.Draw(page)
    size = int(rng.integers(12, 34))
    for y in range(10, 440, size + 6):
        words = " ".join("".join(rng.choice(list("abcdefghijklmnopqrstuvwxyz"), rng.integers(2, 9))) for _ in range(9))
        draw.text((12, y), words, fill=ink, font=font(size))
    return page


def form(rng, i):
    """A window with fields, buttons and a picture of nothing."""
    dark = i % 3 == 0
    page = Image.new("RGB", (800, 600), (28, 30, 36) if dark else (246, 247, 249))
    draw = ImageDraw.Draw(page)
    accent = tuple(int(c) for c in rng.integers(30, 220, 3))
    draw.rectangle((0, 0, 800, 48), fill=accent)
    draw.text((16, 12), "Dashboard", fill=(255, 255, 255), font=font(20))
    for row in range(6):
        y = 80 + row * 80
        draw.rounded_rectangle((40, y, 40 + int(rng.integers(200, 460)), y + 44), 8, outline=(128, 128, 128), width=2)
        draw.text((52, y + 10), "Field %d" % rng.integers(100), fill=(128, 128, 128), font=font(16))
        draw.rounded_rectangle((600, y, 760, y + 44), 8, fill=accent)
    return page


def chart(rng, i):
    figure, axes = pyplot.subplots(figsize=(6, 4.5))
    if i % 3 == 0:
        axes.bar(range(7), rng.random(7), color=rng.random((7, 3)))
    elif i % 3 == 1:
        axes.plot(rng.normal(size=(60, 3)).cumsum(axis=0))
    else:
        axes.imshow(rng.normal(size=(12, 12)), cmap=("viridis", "copper", "magma")[i % 9 // 3])
    axes.set_title("Figure %d" % i)
    figure.canvas.draw()
    picture = Image.fromarray(np.asarray(figure.canvas.buffer_rgba())[..., :3])
    pyplot.close(figure)
    return picture


def icon(rng, i):
    """A drawing: a few flat shapes, some like a lesion on skin."""
    ground = tuple(int(c) for c in (SKIN[i % len(SKIN)] if i % 2 else rng.integers(0, 256, 3)))
    page = Image.new("RGB", (512, 512), ground)
    draw = ImageDraw.Draw(page)
    for _ in range(1 + i % 4):
        x, y, r = rng.integers(100, 400), rng.integers(100, 400), rng.integers(40, 150)
        colour = tuple(int(c) for c in ((90, 50, 40) if i % 2 else rng.integers(0, 256, 3)))
        (draw.ellipse if i % 3 else draw.rectangle)((x - r, y - r, x + r, y + r), fill=colour)
    return page


def package_photos():
    """Every sample picture of at least 100 px, whole and as four crops, which show other things at other scales."""
    for package in PACKAGES:
        spec = importlib.util.find_spec(package)
        if spec is None or spec.origin is None:
            sys.exit(f"pictures.py: the package {package} is not installed")
        root = pathlib.Path(spec.origin).parent
        paths = [p for p in sorted(root.rglob("*")) if p.suffix in (".jpg", ".jpeg", ".png") and "tests" not in p.parts]
        for path in paths:
            photo = Image.open(path).convert("RGB")
            if min(photo.size) < 100:
                continue
            photo.thumbnail((900, 900))
            yield photo
            w, h = photo.size
            if min(w, h) >= 240:
                for x, y in ((0, 0), (w // 2, 0), (0, h // 2), (w // 2, h // 2)):
                    yield photo.crop((x, y, x + w // 2, y + h // 2))


def main():
    out = pathlib.Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    for kind in (noise, blank, gradient, texture, text, form, chart, icon):
        rng = np.random.default_rng(7)
        for i in range(EACH):
            picture = kind(rng, i)
            if i % 2:
                picture.save(out / f"{kind.__name__}-{i:03}.jpg", quality=90)
            else:
                picture.save(out / f"{kind.__name__}-{i:03}.png")
    for i, photo in enumerate(package_photos()):
        photo.save(out / f"photo-{i:03}.jpg", quality=92)


if __name__ == "__main__":
    main()
