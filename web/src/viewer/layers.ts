// SPDX-License-Identifier: MIT
// Where the viewer's pictures come from: the photo, one class's heat, and whether that heat can be believed.
import { useEffect, useState } from 'preact/hooks';
import { api, Problem, ServerLost } from '../api';
import { photos, takeAhead } from '../state';
import type { Explanation, LesionClass } from '../types';

/** Longer sides are scaled down before drawing: more than any screen shows, and light enough for 60 frames a second. */
const kMaxSidePx = 2400;

async function bitmapOf(blob: Blob): Promise<ImageBitmap> {
  const whole = await createImageBitmap(blob);
  const longer = Math.max(whole.width, whole.height);
  if (longer <= kMaxSidePx) return whole;
  const scale = kMaxSidePx / longer;
  const small = await createImageBitmap(whole, {
    resizeWidth: Math.round(whole.width * scale),
    resizeHeight: Math.round(whole.height * scale),
    resizeQuality: 'high',
  });
  whole.close();
  return small;
}

/** The photo from the file in hand, else from the server, which turns formats that browsers do not show into PNG. */
async function loadPhoto(id: string | null, file: Blob | undefined): Promise<ImageBitmap | null> {
  const fromFile = file ? await bitmapOf(file).catch(() => null) : null;
  if (fromFile || id === null) return fromFile;
  return bitmapOf(await api.photo(id, '?as=png'));
}

export function usePhoto(id: string | null, file: Blob | undefined): ImageBitmap | null {
  const [loaded, setLoaded] = useState<{ key: Blob | string | null; bitmap: ImageBitmap } | null>(null);
  const blob = file ?? (id === null ? undefined : photos.get(id));
  // The file stays the same when its analysis arrives, so the photo stays on screen.
  const key = blob ?? id;
  useEffect(() => {
    let stale = false;
    loadPhoto(id, blob)
      .then((bitmap) => stale || (bitmap && setLoaded({ key, bitmap })))
      .catch((error: unknown) => {
        if (!expected(error)) throw error;
      });
    return () => {
      stale = true;
    };
  }, [key]);
  return loaded?.key === key ? loaded.bitmap : null;
}

/** When what was changed just now is on screen; in a hidden window, where nothing is drawn, soon. */
const painted = (): Promise<void> =>
  new Promise((done) => {
    requestAnimationFrame(() => setTimeout(done));
    setTimeout(done, 200);
  });

export interface Heat {
  lesionClass: LesionClass;
  picture: ImageBitmap | null;
  state: 'loading' | 'ready' | 'nothing' | 'failed';
  /** Comes later than the picture: the test runs the network many times. */
  explanation: Explanation | null;
}

const expected = (error: unknown): boolean => error instanceof Problem || error instanceof ServerLost;

export function useHeat(id: string | null, lesionClass: LesionClass): Heat {
  const [heat, setHeat] = useState<Heat>({ lesionClass, picture: null, state: 'loading', explanation: null });
  useEffect(() => {
    if (id === null) return;
    const stop = new AbortController();
    const update = (change: Partial<Heat>): void => {
      if (!stop.signal.aborted) setHeat((now) => ({ ...now, ...change }));
    };
    update({ lesionClass, state: 'loading', explanation: null });
    // One after the other: the test keeps all of the server's cores busy, and the map is wanted first.
    const load = async (): Promise<void> => {
      const fetched = takeAhead(id, lesionClass) ?? api.heat(id, lesionClass, stop.signal);
      const picture = await createImageBitmap(await fetched);
      update({ picture, state: 'ready' });
      await painted();
      update({ explanation: await api.explanation(id, lesionClass, stop.signal) });
    };
    load().catch((error: unknown) => {
      if (stop.signal.aborted) return;
      if (!expected(error)) throw error;
      update({ picture: null, state: error instanceof Problem && error.code === 'no_heat_map' ? 'nothing' : 'failed' });
    });
    return () => stop.abort();
  }, [id, lesionClass]);
  return heat.lesionClass === lesionClass ? heat : { ...heat, lesionClass, state: 'loading', explanation: null };
}
