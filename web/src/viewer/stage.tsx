// SPDX-License-Identifier: MIT
// The canvas with zoom, pan and the swipe divider.
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { t } from '../i18n';
import { type Camera, clampCamera, kFit, type Mode, paint, panesOf, scaleOf } from './paint';

interface Props {
  name: string;
  photo: ImageBitmap | null;
  heat: CanvasImageSource | null;
  mode: Mode;
  opacity: number;
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

export function Stage({ name, photo, heat, mode, opacity, camera, onCamera, onHeatShown }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const size = useSize(canvas);
  const [divider, setDivider] = useState(0.5);
  const fingers = useRef(new Map<number, PointerEvent>());

  useLayoutEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d');
    if (!element || !context || size.width === 0) return;
    if (element.width !== size.width) element.width = size.width;
    if (element.height !== size.height) element.height = size.height;
    if (!photo) {
      context.clearRect(0, 0, size.width, size.height);
      return;
    }
    paint(context, { photo, heat, mode, opacity, divider, camera });
    if (heat) onHeatShown();
  }, [size, photo, heat, mode, opacity, divider, camera, onHeatShown]);

  const pane = panesOf(mode, size.width, size.height)[0];
  const move = (next: Camera): void => {
    if (photo && pane) onCamera(clampCamera(next, pane, photo));
  };
  const latest = useRef({ camera, move });
  latest.current = { camera, move };

  // Ctrl and the wheel, as pinching on a touchpad arrives; a plain wheel scrolls the page. Not passive, so not in JSX.
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

  return (
    <>
      <canvas
        ref={canvas}
        class={`stage-canvas ${camera.zoom > 1 ? 'is-zoomed' : ''}`}
        role="img"
        aria-label={t('view.stage', { name })}
        tabIndex={0}
        onKeyDown={(event) => {
          const next = event.ctrlKey || event.metaKey || event.altKey ? null : keyed(event.key, camera);
          if (!next) return;
          event.preventDefault();
          move(next);
        }}
        onDblClick={() => move(camera.zoom > 1 ? kFit : { ...camera, zoom: 2.5 })}
        onPointerDown={(event) => {
          fingers.current.set(event.pointerId, event);
          event.currentTarget.setPointerCapture(event.pointerId);
        }}
        onPointerMove={dragged}
        onPointerUp={released}
        onPointerCancel={released}
      />
      {mode === 'swipe' && photo && <Divider at={divider} onMove={setDivider} />}
    </>
  );
}

function Divider({ at, onMove }: { at: number; onMove: (at: number) => void }) {
  const set = (value: number): void => onMove(Math.min(Math.max(value, 0), 1));
  const percent = Math.round(100 * at);
  return (
    <div
      class="divider"
      style={{ left: `${100 * at}%` }}
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
        set(at + step);
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
