// SPDX-License-Identifier: MIT
// The photo with zoom and pan, its heat above it, and the swipe divider.
import { type ReadonlySignal, type Signal, useSignal, useSignalEffect } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { t } from '../i18n';
import { type Camera, clampCamera, kFit, type Mode, type Pane, paintHeat, paintPhoto, panesOf, scaleOf } from './paint';

interface Props {
  name: string;
  photo: ImageBitmap | null;
  heat: CanvasImageSource | null;
  mode: Mode;
  opacity: ReadonlySignal<number>;
  camera: Camera;
  onCamera: (camera: Camera) => void;
  onHeatShown: () => void;
}

interface Size {
  width: number;
  height: number;
}

/** The canvas's size in the screen's own pixels. */
function useSize(canvas: { current: HTMLCanvasElement | null }): Size {
  const [size, setSize] = useState<Size>({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const element = canvas.current;
    if (!element) return;
    const measure = (): void => {
      const scale = Math.min(devicePixelRatio, 2);
      const width = Math.round(element.clientWidth * scale);
      const height = Math.round(element.clientHeight * scale);
      setSize((now) => (now.width === width && now.height === height ? now : { width, height }));
    };
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    return () => observer.disconnect();
  }, [canvas]);
  return size;
}

/** The canvas's context, in this size; changing a canvas's size clears it. */
function sized(element: HTMLCanvasElement | null, size: Size): CanvasRenderingContext2D | null {
  if (!element || size.width === 0) return null;
  if (element.width !== size.width) element.width = size.width;
  if (element.height !== size.height) element.height = size.height;
  return element.getContext('2d');
}

const kKeyPan = 0.08;

/** What a key does to the camera; null: not ours. */
function keyed(key: string, camera: Camera): Camera | null {
  const step = kKeyPan / camera.zoom;
  switch (key) {
    case '+':
    case '=':
      return { ...camera, zoom: camera.zoom * 1.25 };
    case '-':
      return { ...camera, zoom: camera.zoom / 1.25 };
    case '0':
      return kFit;
    case 'ArrowLeft':
      return { ...camera, x: camera.x - step };
    case 'ArrowRight':
      return { ...camera, x: camera.x + step };
    case 'ArrowUp':
      return { ...camera, y: camera.y - step };
    case 'ArrowDown':
      return { ...camera, y: camera.y + step };
    default:
      return null;
  }
}

interface Hold {
  photo: ImageBitmap | null;
  pane: Pane | undefined;
  size: Size;
  camera: Camera;
  move: (next: Camera) => void;
}

/** Ctrl and the wheel, as pinching on a touchpad arrives; a plain wheel scrolls the page. Not passive, so not in JSX. */
function useWheel(canvas: { current: HTMLCanvasElement | null }, { camera, move }: Hold): void {
  const latest = useRef({ camera, move });
  latest.current = { camera, move };
  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    const wheel = (event: WheelEvent): void => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const now = latest.current;
      now.move({ ...now.camera, zoom: now.camera.zoom * Math.exp(-event.deltaY / 240) });
    };
    element.addEventListener('wheel', wheel, { passive: false });
    return () => element.removeEventListener('wheel', wheel);
  }, []);
}

/** What mouse, fingers and keys on the canvas do to the camera, as its attributes. */
function useGestures(canvas: { current: HTMLCanvasElement | null }, hold: Hold) {
  const { photo, pane, size, camera, move } = hold;
  const fingers = useRef(new Map<number, PointerEvent>());
  useWheel(canvas, hold);

  const dragged = (event: PointerEvent): void => {
    const before = fingers.current.get(event.pointerId);
    if (!before || !photo || !pane) return;
    const other = [...fingers.current.values()].find((finger) => finger.pointerId !== event.pointerId);
    fingers.current.set(event.pointerId, event);
    const pixels = size.width / (canvas.current?.clientWidth ?? size.width);
    const scale = scaleOf(pane, photo, camera.zoom) / pixels;
    const distance = (from: PointerEvent): number =>
      other ? Math.hypot(from.clientX - other.clientX, from.clientY - other.clientY) : 1;
    move({
      zoom: camera.zoom * (distance(event) / Math.max(distance(before), 1)),
      x: camera.x - (event.clientX - before.clientX) / (photo.width * scale) / (other ? 2 : 1),
      y: camera.y - (event.clientY - before.clientY) / (photo.height * scale) / (other ? 2 : 1),
    });
  };
  const released = (event: PointerEvent): void => {
    fingers.current.delete(event.pointerId);
  };
  return {
    onKeyDown: (event: KeyboardEvent): void => {
      const next = event.ctrlKey || event.metaKey || event.altKey ? null : keyed(event.key, camera);
      if (!next) return;
      event.preventDefault();
      move(next);
    },
    onDblClick: () => move(camera.zoom > 1 ? kFit : { ...camera, zoom: 2.5 }),
    onPointerDown: (event: PointerEvent): void => {
      fingers.current.set(event.pointerId, event);
      canvas.current?.setPointerCapture(event.pointerId);
    },
    onPointerMove: dragged,
    onPointerUp: released,
    onPointerCancel: released,
  };
}

export function Stage({ name, photo, heat, mode, opacity, camera, onCamera, onHeatShown }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const size = useSize(canvas);
  const divider = useSignal(0.5);

  useLayoutEffect(() => {
    const context = sized(canvas.current, size);
    if (!context) return;
    if (photo) paintPhoto(context, { photo, mode, camera });
    else context.clearRect(0, 0, size.width, size.height);
  }, [size, photo, mode, camera]);

  const pane = panesOf(mode, size.width, size.height)[0];
  const move = (next: Camera): void => {
    if (photo && pane) onCamera(clampCamera(next, pane, photo));
  };
  const gestures = useGestures(canvas, { photo, pane, size, camera, move });

  return (
    <>
      <canvas
        ref={canvas}
        class={`stage-canvas ${camera.zoom > 1 ? 'is-zoomed' : ''}`}
        role="img"
        aria-label={t('view.stage', { name })}
        tabIndex={0}
        {...gestures}
      />
      {heat && photo && mode !== 'photo' && (
        <HeatLayer
          photo={photo}
          heat={heat}
          mode={mode}
          camera={camera}
          size={size}
          opacity={opacity}
          divider={divider}
          onShown={onHeatShown}
        />
      )}
      {mode === 'swipe' && photo && <Divider at={divider} />}
    </>
  );
}

interface LayerProps {
  photo: ImageBitmap;
  heat: CanvasImageSource;
  mode: Mode;
  camera: Camera;
  size: Size;
  opacity: ReadonlySignal<number>;
  divider: ReadonlySignal<number>;
  onShown: () => void;
}

/** A canvas of its own, so that opacity and divider are left to the compositor and nothing is drawn anew. */
function HeatLayer({ photo, heat, mode, camera, size, opacity, divider, onShown }: LayerProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    const context = sized(canvas.current, size);
    if (!context) return;
    paintHeat(context, heat, { photo, mode, camera });
    onShown();
  }, [size, photo, heat, mode, camera, onShown]);
  useSignalEffect(() => {
    canvas.current?.style.setProperty('opacity', String(opacity.value));
  });
  useSignalEffect(() => {
    canvas.current?.style.setProperty('--from', `${100 * divider.value}%`);
  });
  return <canvas ref={canvas} class={`stage-heat ${mode === 'swipe' ? 'is-cut' : ''}`} />;
}

function Divider({ at }: { at: Signal<number> }) {
  const set = (value: number): void => {
    at.value = Math.min(Math.max(value, 0), 1);
  };
  const percent = Math.round(100 * at.value);
  return (
    <div
      class="divider"
      style={{ left: `${100 * at.value}%` }}
      role="slider"
      tabIndex={0}
      aria-label={t('view.swipe.handle')}
      aria-orientation="horizontal"
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
      onKeyDown={(event) => {
        const step = { ArrowLeft: -0.02, ArrowRight: 0.02, PageDown: -0.1, PageUp: 0.1, Home: -1, End: 1 }[event.key];
        if (step === undefined) return;
        event.preventDefault();
        set(at.value + step);
      }}
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={(event) => {
        const box = event.currentTarget.parentElement?.getBoundingClientRect();
        if (box && event.currentTarget.hasPointerCapture(event.pointerId)) set((event.clientX - box.left) / box.width);
      }}
    >
      <span class="divider-grip" aria-hidden="true" />
    </div>
  );
}
