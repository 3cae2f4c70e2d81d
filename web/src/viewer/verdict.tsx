// SPDX-License-Identifier: MIT
// The legend of the heat map, and whether the map can be believed, in words.
import { BadgeCheck, CircleOff, Hourglass, TriangleAlert } from 'lucide-preact';
import { figure, percent, t } from '../i18n';
import type { LesionClass } from '../types';
import type { Heat } from './layers';

/** What the colours stand for. The end of the scale says how hot the map gets, where it gets that hot. */
function Legend({ heat }: { heat: Heat }) {
  const { peak_logit: peak, scale_logit: scale, state } = heat.explanation ?? {};
  const known = peak !== undefined && scale;
  const share = known ? peak / scale : 0;
  const full = share > 0.97;
  const logits = (value: number): string => `+${figure(value)}\u00a0logit`;
  return (
    <div class={`legend ${state === 'unreliable' ? 'is-grey' : ''} ${heat.state === 'nothing' ? 'is-empty' : ''}`}>
      <div class="legend-bar" role="img" aria-label={t('view.legend')}>
        {known ? <span class="legend-peak" style={{ left: `${100 * share}%` }} /> : null}
      </div>
      <div class="legend-ends">
        <span>{t('view.legend.none')}</span>
        {known ? <span>{t('view.legend.peak', { peak: logits(peak) })}</span> : null}
        {known && !full ? <span>{logits(scale)}</span> : null}
      </div>
    </div>
  );
}

const icons = { reliable: BadgeCheck, unreliable: TriangleAlert, nothing: CircleOff, testing: Hourglass };

/** Which of the four things the text says. */
function stateOf(heat: Heat): keyof typeof icons {
  if (heat.state === 'nothing') return 'nothing';
  return heat.explanation?.state ?? 'testing';
}

interface Props {
  heat: Heat;
  lesionClass: LesionClass;
  /** The photo is shown without the map. */
  plain: boolean;
}

export function Verdict({ heat, lesionClass, plain }: Props) {
  const state = stateOf(heat);
  const Icon = icons[state];
  const name = t(`class.${lesionClass}`);
  const beaten = percent(heat.explanation?.faithfulness?.beaten_frac ?? 0, 0);
  return (
    <>
      <Legend heat={heat} />
      <div class={`verdict is-${state}`} aria-live="polite">
        <Icon aria-hidden="true" />
        <div>
          {heat.state === 'failed' ? (
            <p>{t('view.heat.failed')}</p>
          ) : state === 'testing' ? (
            <p>{t(heat.state === 'loading' ? 'view.heat.loading' : 'view.testing')}</p>
          ) : (
            <>
              <p>
                <strong>{t(`view.${state}`)}</strong>
              </p>
              <p>
                {t(`view.${state}.text`, { name, beaten })} {state === 'reliable' && t('view.regions')}
                {state === 'unreliable' && t(plain ? 'view.unreliable.hidden' : 'view.unreliable.grey')}
              </p>
            </>
          )}
        </div>
      </div>
    </>
  );
}
