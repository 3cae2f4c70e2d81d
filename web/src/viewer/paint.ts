// SPDX-License-Identifier: MIT
// Draws the photo and, on a canvas of its own, its heat. Coordinates: a pane is a rectangle of the canvas in its own pixels; `zoom` 1 fits the
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
  mode: Mode;
  camera: Camera;
}

/** A rectangle of the canvas that holds the photo. */
export interface Pane {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** How many pixels of the canvas one pixel of the photo takes in a pane. */
export function scaleOf(pane: Pane, photo: { width: number; height: number }, zoom: number): number {
  return Math.min(pane.width / photo.width, pane.height / photo.height) * zoom;
}

export function panesOf(mode: Mode, width: number, height: number): Pane[] {
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
export function clampCamera(camera: Camera, pane: Pane, photo: { width: number; height: number }): Camera {
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

function drawLayer(context: CanvasRenderingContext2D, pane: Pane, image: CanvasImageSource, scene: Scene): void {
  const scale = scaleOf(pane, scene.photo, scene.camera.zoom);
  const width = scene.photo.width * scale;
  const height = scene.photo.height * scale;
  const left = pane.x + pane.width / 2 - scene.camera.x * width;
  const top = pane.y + pane.height / 2 - scene.camera.y * height;
  context.drawImage(image, left, top, width, height);
}

function drawPane(context: CanvasRenderingContext2D, pane: Pane, image: CanvasImageSource, scene: Scene): void {
  context.save();
  context.beginPath();
  context.rect(pane.x, pane.y, pane.width, pane.height);
  context.clip();
  drawLayer(context, pane, image, scene);
  context.restore();
}

function cleared(context: CanvasRenderingContext2D): Pane {
  const { width, height } = context.canvas;
  context.clearRect(0, 0, width, height);
  context.imageSmoothingQuality = 'high';
  return { x: 0, y: 0, width, height };
}

export function paintPhoto(context: CanvasRenderingContext2D, scene: Scene): void {
  const { width, height } = cleared(context);
  for (const pane of panesOf(scene.mode, width, height)) drawPane(context, pane, scene.photo, scene);
}

/** The heat alone, where it lies over the photo: in the second pane, where there are two. */
export function paintHeat(context: CanvasRenderingContext2D, heat: CanvasImageSource, scene: Scene): void {
  const { width, height } = cleared(context);
  const pane = panesOf(scene.mode, width, height).at(-1);
  if (pane) drawPane(context, pane, heat, scene);
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
