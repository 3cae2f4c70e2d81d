// SPDX-License-Identifier: MIT
// Photo and heat map: what to show, for which class, how strongly, and whether it can be believed.

import { useComputed, useSignal } from '@preact/signals';
import {
  ChevronDown,
  Columns2,
  FoldHorizontal,
  Image,
  Layers,
  Maximize2,
  Minimize2,
  Scan,
  ZoomIn,
  ZoomOut,
} from 'lucide-preact';
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { figure, t } from '../i18n';
import { connection, pending } from '../state';
import { type Analysis, type LesionClass, lesionClasses } from '../types';
import { useHeat, usePhoto } from './layers';
import { type Camera, kFit, kMaxZoom, type Mode, withoutColour } from './paint';
import { Stage } from './stage';
import { Verdict } from './verdict';

const modes = [
  ['photo', Image],
  ['overlay', Layers],
  ['side', Columns2],
  ['swipe', FoldHorizontal],
] as const;

/** On a phone the answer comes before the finer settings of the view. */
function useNarrow(): boolean {
  const query = useMemo(() => matchMedia('(max-width: 640px)'), []);
  const [narrow, setNarrow] = useState(query.matches);
  useEffect(() => {
    const changed = (): void => setNarrow(query.matches);
    query.addEventListener('change', changed);
    return () => query.removeEventListener('change', changed);
  }, [query]);
  return narrow;
}

interface Props {
  analysis: Analysis | null;
  lesionClass: LesionClass;
  onClass: (lesionClass: LesionClass) => void;
  wide: boolean;
  onWide: (wide: boolean) => void;
}

export function Viewer({ analysis, lesionClass, onClass, wide, onWide }: Props) {
  const assessed = analysis?.status === 'assessed';
  const [mode, setMode] = useState<Mode>('overlay');
  const opacity = useSignal(0.7);
  const opacityText = useComputed(() => `${Math.round(100 * opacity.value)} %`);
  const [camera, setCamera] = useState<Camera>(kFit);
  const photo = usePhoto(analysis?.id ?? null, pending.value?.photo);
  const heat = useHeat(assessed ? analysis.id : null, lesionClass);
  const narrow = useNarrow();
  const unreliable = heat.explanation?.state === 'unreliable';
  const picture = useMemo(
    () => (heat.picture && unreliable ? withoutColour(heat.picture) : heat.picture),
    [heat.picture, unreliable],
  );
  // The photo alone until this class's heat is there, so that one class's heat never stands under another's name.
  const layer = assessed && heat.state === 'ready' ? picture : null;
  const id = analysis?.id;
  useEffect(() => setCamera(kFit), [id]);
  const marked = useRef('');
  const onHeatShown = useCallback(() => {
    if (!id || marked.current === id) return;
    marked.current = id;
    requestAnimationFrame(() => performance.mark('nevus:heat'));
  }, [id]);
  const zoom = (factor: number): void =>
    setCamera((now) => {
      const next = Math.min(Math.max(now.zoom * factor, 1), kMaxZoom);
      return next === 1 ? kFit : { ...now, zoom: next };
    });

  return (
    <section class="viewer card" aria-labelledby="viewer-title">
      <h2 id="viewer-title" class="sr-only">
        {t('view.title')}
      </h2>
      <div class="stage">
        <Stage
          name={analysis?.input.name ?? pending.value?.name ?? ''}
          photo={photo}
          heat={layer}
          mode={assessed ? mode : 'photo'}
          opacity={opacity}
          camera={camera}
          onCamera={setCamera}
          onHeatShown={onHeatShown}
        />
        {!analysis && connection.value === 'online' && <span class="scan" aria-hidden="true" />}
        <div class="stage-tools">
          <button
            type="button"
            class="tool"
            aria-label={t('view.zoom.in')}
            title={t('view.zoom.in')}
            onClick={() => zoom(1.5)}
          >
            <ZoomIn />
          </button>
          <button
            type="button"
            class="tool"
            aria-label={t('view.zoom.out')}
            title={t('view.zoom.out')}
            onClick={() => zoom(1 / 1.5)}
          >
            <ZoomOut />
          </button>
          <button
            type="button"
            class="tool"
            aria-label={t('view.zoom.fit')}
            title={t('view.zoom.fit')}
            onClick={() => setCamera(kFit)}
          >
            <Scan />
          </button>
          <button
            type="button"
            class="tool wide-toggle"
            aria-pressed={wide}
            aria-label={wide ? t('view.narrow') : t('view.wide')}
            title={wide ? t('view.narrow') : t('view.wide')}
            onClick={() => onWide(!wide)}
          >
            {wide ? <Minimize2 /> : <Maximize2 />}
          </button>
        </div>
        {camera.zoom > 1 && (
          <span class="stage-zoom" aria-hidden="true">
            {figure(camera.zoom, 1)}×
          </span>
        )}
        {assessed && unreliable && mode !== 'photo' && <span class="stage-flag">{t('view.unreliable')}</span>}
      </div>
      {assessed && (
        <div class="viewer-controls">
          <fieldset class="segmented modes">
            <legend class="sr-only">{t('view.mode')}</legend>
            {modes.map(([id, Icon]) => (
              <label key={id}>
                <input type="radio" name="mode" value={id} checked={mode === id} onChange={() => setMode(id)} />
                <span>
                  <Icon aria-hidden="true" />
                  {t(`view.${id}`)}
                </span>
              </label>
            ))}
          </fieldset>
          <details class="viewer-more" open={!narrow}>
            <summary>
              <span>
                {t('view.class')}: {t(`class.${lesionClass}`)}
              </span>
              <ChevronDown aria-hidden="true" />
            </summary>
            <div class="viewer-fields">
              <div class="field">
                <label for="heat-class">{t('view.class')}</label>
                <select
                  id="heat-class"
                  value={lesionClass}
                  onChange={(event) => onClass(event.currentTarget.value as LesionClass)}
                >
                  {lesionClasses.map((id) => (
                    <option key={id} value={id}>
                      {t(`class.${id}`)}
                    </option>
                  ))}
                </select>
              </div>
              <div class="field">
                <label for="opacity">
                  {t('view.opacity')} <output for="opacity">{opacityText}</output>
                </label>
                <input
                  id="opacity"
                  type="range"
                  min="0"
                  max="1"
                  step="0.01"
                  value={opacity}
                  disabled={mode === 'photo'}
                  onInput={(event) => {
                    opacity.value = event.currentTarget.valueAsNumber;
                  }}
                />
              </div>
              <Verdict heat={heat} lesionClass={lesionClass} />
            </div>
          </details>
        </div>
      )}
    </section>
  );
}
