// SPDX-License-Identifier: MIT
// The legend of the heat map, and whether the map can be believed, in words.
import { BadgeCheck, CircleOff, Hourglass, TriangleAlert } from 'lucide-preact';
import { figure, percent, t } from '../i18n';
import type { LesionClass } from '../types';
import type { Heat } from './layers';

function Legend({ heat }: { heat: Heat }) {
  const { peak_logit: peak, scale_logit: scale, state } = heat.explanation ?? {};
  return (
    <div class={`legend ${state === 'unreliable' ? 'is-grey' : ''} ${heat.state === 'nothing' ? 'is-empty' : ''}`}>
      <div class="legend-bar" role="img" aria-label={t('view.legend')}>
        {peak !== undefined && scale ? <span class="legend-peak" style={{ left: `${(100 * peak) / scale}%` }} /> : null}
      </div>
      <div class="legend-ends">
        <span>{t('view.legend.none')}</span>
        <span>{peak !== undefined && t('view.legend.peak', { peak: `+${figure(peak)}` })}</span>
        <span>{scale !== undefined && `+${figure(scale)}`}</span>
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

export function Verdict({ heat, lesionClass }: { heat: Heat; lesionClass: LesionClass }) {
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
              </p>
            </>
          )}
        </div>
      </div>
    </>
  );
}
