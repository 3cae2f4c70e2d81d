// SPDX-License-Identifier: MIT
// Each check of the photo: its figure on its scale, the range that passes, and what to do when it does not.
import { CircleCheck, CircleX, TriangleAlert } from 'lucide-preact';
import { figure, t, translated } from '../i18n';
import type { Measure } from '../types';

const digits = (value: number): number => (Math.abs(value) >= 20 ? 0 : 2);
const shown = (value: number): string => figure(value, digits(value));

function range({ min, max }: Measure): string {
  if (min !== null && max !== null) return t('quality.range.both', { min: shown(min), max: shown(max) });
  if (min !== null) return t('quality.range.min', { min: shown(min) });
  return max === null ? '' : t('quality.range.max', { max: shown(max) });
}

/** Where the scale ends: room beyond the figure and its limits, a share of one no further than one. */
function endOf({ value, min, max, unit }: Measure): number {
  const far = Math.max(value, min ?? 0, max ?? 0, 1e-6) * 1.2;
  return unit.startsWith('of ') ? Math.max(Math.min(far, 1), value) : far;
}

export function adviceOf(measure: Measure): string {
  const side = measure.min !== null && measure.value < measure.min ? 'low' : 'high';
  return translated(`advice.${measure.name}.${side}`, measure.advice);
}

function Row({ measure }: { measure: Measure }) {
  const end = endOf(measure);
  const from = (measure.min ?? 0) / end;
  const to = Math.min((measure.max ?? end) / end, 1);
  const outcome = measure.passed ? 'passed' : measure.severity === 'warns' ? 'warning' : 'failed';
  const Icon = { passed: CircleCheck, warning: TriangleAlert, failed: CircleX }[outcome];
  return (
    <li class={`measure is-${outcome}`}>
      <Icon aria-label={t(`quality.${outcome}`)} role="img" />
      <span class="measure-name">{translated(`quality.${measure.name}`, measure.name.replace('_', ' '))}</span>
      <span class="measure-value">{shown(measure.value)}</span>
      <span class="measure-scale" aria-hidden="true">
        <span class="measure-range" style={{ left: `${100 * from}%`, width: `${100 * (to - from)}%` }} />
        <span class="measure-pointer" style={{ left: `${100 * Math.min(Math.max(measure.value / end, 0), 1)}%` }} />
      </span>
      <span class="measure-limit hint">{range(measure)}</span>
      {!measure.passed && <p class="measure-advice">{adviceOf(measure)}</p>}
    </li>
  );
}

/** Of all checks together, in a few words. */
export function qualityTitle(measures: readonly Measure[]): string {
  const failed = measures.filter((measure) => !measure.passed);
  if (failed.some((measure) => measure.severity === 'refuses')) return t('quality.bad');
  return t(failed.length > 0 ? 'quality.warned' : 'quality.good');
}

export function Quality({ measures }: { measures: readonly Measure[] }) {
  const passed = measures.filter((measure) => measure.passed).length;
  const order = [...measures].sort((a, b) => Number(a.passed) - Number(b.passed));
  return (
    <section class="card block">
      <h3>{qualityTitle(measures)}</h3>
      <p class="hint">{t('quality.count', { passed, total: measures.length })}</p>
      <ul class="measures">
        {order.map((measure) => (
          <Row key={measure.name} measure={measure} />
        ))}
      </ul>
    </section>
  );
}
