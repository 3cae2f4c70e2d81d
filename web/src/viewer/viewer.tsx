// SPDX-License-Identifier: MIT
// Photo and heat map: what to show, for which class, how strongly, and whether it can be believed.

import { type Signal, useComputed, useSignal } from '@preact/signals';
import {
  ChevronDown,
  Columns2,
  FoldHorizontal,
  Image,
  Layers,
  type LucideIcon,
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
import { type Heat, useHeat, usePhoto } from './layers';
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

/** A map that failed its test covers the lesion for nothing: the photo stands alone until a person asks for the map. */
function useMode(map: string, unreliable: boolean): [Mode, (mode: Mode) => void] {
  const [chosen, setChosen] = useState<{ mode: Mode; map: string }>({ mode: 'overlay', map: '' });
  const mode = unreliable && chosen.map !== map ? 'photo' : chosen.mode;
  return [mode, (next) => setChosen({ mode: next, map })];
}

/** Each photo begins as a whole. */
function useCamera(id: string | undefined) {
  const [camera, setCamera] = useState<Camera>(kFit);
  useEffect(() => setCamera(kFit), [id]);
  const zoom = (factor: number): void =>
    setCamera((now) => {
      const next = Math.min(Math.max(now.zoom * factor, 1), kMaxZoom);
      return next === 1 ? kFit : { ...now, zoom: next };
    });
  return { camera, setCamera, zoom };
}

interface ToolProps {
  onZoom: (factor: number) => void;
  onFit: () => void;
  wide: boolean;
  onWide: (wide: boolean) => void;
}

function Tools({ onZoom, onFit, wide, onWide }: ToolProps) {
  const tool = (name: string, Icon: LucideIcon, act: () => void) => (
    <button type="button" class="tool" aria-label={name} title={name} onClick={act}>
      <Icon />
    </button>
  );
  const wideName = wide ? t('view.narrow') : t('view.wide');
  return (
    <div class="stage-tools">
      {tool(t('view.zoom.in'), ZoomIn, () => onZoom(1.5))}
      {tool(t('view.zoom.out'), ZoomOut, () => onZoom(1 / 1.5))}
      {tool(t('view.zoom.fit'), Scan, onFit)}
      <button
        type="button"
        class="tool wide-toggle"
        aria-pressed={wide}
        aria-label={wideName}
        title={wideName}
        onClick={() => onWide(!wide)}
      >
        {wide ? <Minimize2 /> : <Maximize2 />}
      </button>
    </div>
  );
}

function Modes({ mode, onMode }: { mode: Mode; onMode: (mode: Mode) => void }) {
  return (
    <fieldset class="segmented modes">
      <legend class="sr-only">{t('view.mode')}</legend>
      {modes.map(([id, Icon]) => (
        <label key={id}>
          <input type="radio" name="mode" value={id} checked={mode === id} onChange={() => onMode(id)} />
          <span>
            <Icon aria-hidden="true" />
            {t(`view.${id}`)}
          </span>
        </label>
      ))}
    </fieldset>
  );
}

interface HeatProps {
  heat: Heat;
  lesionClass: LesionClass;
  onClass: (lesionClass: LesionClass) => void;
  opacity: Signal<number>;
  /** Nothing lies over the photo. */
  plain: boolean;
}

/** Whose heat, how strongly it lies over the photo, and whether it can be believed. */
function HeatSettings({ heat, lesionClass, onClass, opacity, plain }: HeatProps) {
  const narrow = useNarrow();
  const opacityText = useComputed(() => `${Math.round(100 * opacity.value)}\u00a0%`);
  return (
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
            disabled={plain}
            onInput={(event) => {
              opacity.value = event.currentTarget.valueAsNumber;
            }}
          />
        </div>
        <Verdict heat={heat} lesionClass={lesionClass} plain={plain} />
      </div>
    </details>
  );
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
  const id = analysis?.id;
  const opacity = useSignal(0.7);
  const photo = usePhoto(id ?? null, pending.value?.photo);
  const heat = useHeat(assessed ? analysis.id : null, lesionClass);
  const unreliable = heat.explanation?.state === 'unreliable';
  const [mode, setMode] = useMode(`${id} ${lesionClass}`, unreliable);
  const picture = useMemo(
    () => (heat.picture && unreliable ? withoutColour(heat.picture) : heat.picture),
    [heat.picture, unreliable],
  );
  const { camera, setCamera, zoom } = useCamera(id);
  const marked = useRef('');
  const onHeatShown = useCallback(() => {
    if (!id || marked.current === id) return;
    marked.current = id;
    requestAnimationFrame(() => performance.mark('nevus:heat'));
  }, [id]);

  return (
    <section class="viewer card" aria-labelledby="viewer-title">
      <h2 id="viewer-title" class="sr-only">
        {t('view.title')}
      </h2>
      <div class={`stage ${mode === 'side' ? 'is-side' : ''}`}>
        <Stage
          name={analysis?.input.name ?? pending.value?.name ?? ''}
          photo={photo}
          // The photo alone until this class's heat is there, so that one class's heat never stands under another's name.
          heat={assessed && heat.state === 'ready' ? picture : null}
          mode={assessed ? mode : 'photo'}
          opacity={opacity}
          camera={camera}
          onCamera={setCamera}
          onHeatShown={onHeatShown}
        />
        {!analysis && connection.value === 'online' && <span class="scan" aria-hidden="true" />}
        <Tools onZoom={zoom} onFit={() => setCamera(kFit)} wide={wide} onWide={onWide} />
        {camera.zoom > 1 && (
          <span class="stage-zoom" aria-hidden="true">
            {figure(camera.zoom, 1)}×
          </span>
        )}
        {unreliable && <span class="stage-flag">{t(mode === 'photo' ? 'view.hidden' : 'view.unreliable')}</span>}
      </div>
      {assessed && (
        <div class="viewer-controls">
          <Modes mode={mode} onMode={setMode} />
          <HeatSettings
            heat={heat}
            lesionClass={lesionClass}
            onClass={onClass}
            opacity={opacity}
            plain={mode === 'photo'}
          />
        </div>
      )}
    </section>
  );
}
