// SPDX-License-Identifier: MIT
// The seven probabilities, likeliest first. Choosing one asks the viewer what spoke for it.
import { ChartBarDecreasing, Layers } from 'lucide-preact';
import { percent, t } from '../i18n';
import { isMalignant, type LesionClass, lesionClasses } from '../types';

interface Props {
  probabilities: Record<LesionClass, number>;
  chosen: LesionClass;
  onChoose: (lesionClass: LesionClass) => void;
}

export function Chart({ probabilities, chosen, onChoose }: Props) {
  const order = [...lesionClasses].sort((a, b) => probabilities[b] - probabilities[a]);
  return (
    <section class="card block">
      <h3>
        <ChartBarDecreasing aria-hidden="true" />
        {t('answer.chart')}
      </h3>
      <ul class="chart" aria-describedby="chart-hint">
        {order.map((id) => {
          const kind = isMalignant(id) ? 'malignant' : 'benign';
          return (
            <li key={id}>
              <button type="button" class={`bar is-${kind}`} aria-pressed={chosen === id} onClick={() => onChoose(id)}>
                <span class="bar-name">
                  {t(`class.${id}`)}
                  <span class="sr-only">({t(`class.${kind}`)})</span>
                  {chosen === id && <Layers aria-hidden="true" />}
                </span>
                <span class="bar-value">{percent(probabilities[id])}</span>
                <span class="bar-track">
                  <span class="bar-fill" style={{ width: `${Math.max(100 * probabilities[id], 0.4)}%` }} />
                </span>
              </button>
            </li>
          );
        })}
      </ul>
      <p class="hint chart-key">
        <span class="key is-malignant" />
        {t('class.malignant')}
        <span class="key is-benign" />
        {t('class.benign')}
        <span class="chart-hint" id="chart-hint">
          {t('answer.chart.hint')}
        </span>
      </p>
    </section>
  );
}
