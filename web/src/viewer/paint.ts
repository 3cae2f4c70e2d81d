// SPDX-License-Identifier: MIT
// Draws the photo and its heat. Coordinates: a pane is a rectangle of the canvas in its own pixels; `zoom` 1 fits the
// photo into its pane, `centre` is the point of the photo (0..1) that stands in the middle of the pane.

export type Mode = 'photo' | 'overlay' | 'side' | 'swipe';

export interface Camera {
  zoom: number;
  x: number;
  y: number;
}
export const kFit: Camera = { zoom: 1, x: 0.5, y: 0.5 };
export const kMaxZoom = 12;

export interface Scene {
  photo: CanvasImageSource & { width: number; height: number };
  heat: CanvasImageSource | null;
  mode: Mode;
  opacity: number;
  /** Where the swipe divider stands, 0..1 of the width. */
  divider: number;
  camera: Camera;
}

interface Rect {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** How many pixels of the canvas one pixel of the photo takes in a pane. */
export function scaleOf(pane: Rect, photo: { width: number; height: number }, zoom: number): number {
  return Math.min(pane.width / photo.width, pane.height / photo.height) * zoom;
}

export function panesOf(mode: Mode, width: number, height: number): Rect[] {
  const whole = { x: 0, y: 0, width, height };
  if (mode !== 'side') return [whole];
  const gap = Math.round(width / 200);
  if (width < height) {
    const half = (height - gap) / 2;
    return [
      { ...whole, height: half },
      { ...whole, y: half + gap, height: half },
    ];
  }
  const half = (width - gap) / 2;
  return [
    { ...whole, width: half },
    { ...whole, x: half + gap, width: half },
  ];
}

/** Keeps the photo from leaving its pane: what is smaller than the pane stays in the middle. */
export function clampCamera(camera: Camera, pane: Rect, photo: { width: number; height: number }): Camera {
  const zoom = Math.min(Math.max(camera.zoom, 1), kMaxZoom);
  const scale = scaleOf(pane, photo, zoom);
  const clamp = (value: number, shown: number): number =>
    shown >= 1 ? 0.5 : Math.min(Math.max(value, shown / 2), 1 - shown / 2);
  return {
    zoom,
    x: clamp(camera.x, pane.width / (photo.width * scale)),
    y: clamp(camera.y, pane.height / (photo.height * scale)),
  };
}

function drawLayer(context: CanvasRenderingContext2D, pane: Rect, image: CanvasImageSource, scene: Scene): void {
  const scale = scaleOf(pane, scene.photo, scene.camera.zoom);
  const width = scene.photo.width * scale;
  const height = scene.photo.height * scale;
  const left = pane.x + pane.width / 2 - scene.camera.x * width;
  const top = pane.y + pane.height / 2 - scene.camera.y * height;
  context.drawImage(image, left, top, width, height);
}

function clipped(context: CanvasRenderingContext2D, area: Rect, draw: () => void): void {
  context.save();
  context.beginPath();
  context.rect(area.x, area.y, area.width, area.height);
  context.clip();
  draw();
  context.restore();
}

function drawPane(context: CanvasRenderingContext2D, pane: Rect, scene: Scene, heatFrom: number | null): void {
  clipped(context, pane, () => {
    drawLayer(context, pane, scene.photo, scene);
    if (heatFrom === null || !scene.heat) return;
    const heat = scene.heat;
    const area = { ...pane, x: pane.x + heatFrom * pane.width, width: (1 - heatFrom) * pane.width };
    clipped(context, area, () => {
      context.globalAlpha = scene.opacity;
      drawLayer(context, pane, heat, scene);
    });
  });
}

export function paint(context: CanvasRenderingContext2D, scene: Scene): void {
  const { width, height } = context.canvas;
  context.clearRect(0, 0, width, height);
  context.imageSmoothingQuality = 'high';
  const [first, second] = panesOf(scene.mode, width, height);
  if (!first) return;
  if (second) {
    drawPane(context, first, scene, null);
    drawPane(context, second, scene, 0);
    return;
  }
  const heatFrom = { photo: null, overlay: 0, swipe: scene.divider, side: null }[scene.mode];
  drawPane(context, first, scene, heatFrom);
}

/** The same heat in greys, for a map that failed its test. */
export function withoutColour(heat: ImageBitmap): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.width = heat.width;
  canvas.height = heat.height;
  const context = canvas.getContext('2d');
  if (!context) return canvas;
  context.drawImage(heat, 0, 0);
  context.globalCompositeOperation = 'saturation';
  context.fillStyle = '#808080';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.globalCompositeOperation = 'destination-in';
  context.drawImage(heat, 0, 0);
  return canvas;
}
