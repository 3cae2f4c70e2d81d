// SPDX-License-Identifier: MIT
// The answer itself: urgency with its reasons, class, confidence, risk, all classes, and how sure it is.
import { RefreshCw, ScanSearch, TriangleAlert } from 'lucide-preact';
import type { ComponentChildren } from 'preact';
import { language, percent, t, translated } from '../i18n';
import { analyseAgain, outdated } from '../state';
import { type Assessed, isMalignant, type LesionClass, lesionClasses, type Measure } from '../types';
import { Cautions, Certainty } from './certainty';
import { Chart } from './chart';
import { ExampleNote } from './example';
import { Gauge } from './gauge';
import { RiskMark, toneOf, urgencyIcons } from './mark';
import { adviceOf, qualityTitle } from './quality';

/** The reasons in the page's language where the rules came with their figures, else the server's own sentences. */
export function reasonsOf({ urgency, probabilities }: Assessed): { text: string[]; lang: string } {
  const rules = urgency.rules?.filter((rule) => rule.level === urgency.level) ?? [];
  if (rules.length !== urgency.reasons.length) return { text: urgency.reasons, lang: 'en' };
  const benign = lesionClasses.filter((id) => !isMalignant(id));
  const rival = benign.reduce((best, id) => (probabilities[id] > probabilities[best] ? id : best));
  const text = rules.map((rule, i) =>
    translated(`rule.${rule.id}`, urgency.reasons[i] ?? '', {
      value: percent(rule.prob),
      limit: percent(rule.limit),
      rival: t(`class.${rival}`),
      rival_value: percent(probabilities[rival]),
    }),
  );
  return { text, lang: language.value };
}

function UrgencyHead({ analysis }: { analysis: Assessed }) {
  const { level } = analysis.urgency;
  const Icon = urgencyIcons[level];
  return (
    <div class={`urgency tone-${toneOf(level)}`}>
      <Icon aria-hidden="true" />
      <p>
        <span class="urgency-word">
          <span class="urgency-label">{t('urgency.label')}</span> {t(`urgency.${level}`)}
        </span>
        <span class="urgency-text">{t(`urgency.${level}.text`)}</span>
      </p>
    </div>
  );
}

function Metric({
  label,
  hint,
  value,
  mark,
  children,
}: Record<'label' | 'hint' | 'value', string> & {
  mark: ComponentChildren;
  children: ComponentChildren;
}) {
  return (
    <div class="metric">
      <div class="metric-head">
        <span class="metric-label">
          {label}
          <span class="hint">{hint}</span>
        </span>
        <span class="metric-value">{value}</span>
        {mark}
      </div>
      {children}
    </div>
  );
}

function Figures({ analysis }: { analysis: Assessed }) {
  const band = analysis.confidence_band;
  return (
    <div class="metrics">
      <Metric
        label={t('answer.confidence')}
        value={percent(analysis.confidence)}
        hint={t('answer.confidence.text')}
        mark={<span class={`mark band-${band}`}>{t(`band.${band}`)}</span>}
      >
        <Gauge
          value={analysis.confidence}
          zones={[
            { to: 0.6, tone: 'plain-1', name: t('band.low') },
            { to: 0.8, tone: 'plain-2', name: t('band.medium') },
            { to: 1, tone: 'plain-3', name: t('band.high') },
          ]}
        />
      </Metric>
      <Metric
        label={t('risk.label')}
        value={percent(analysis.malignant_prob)}
        hint={t('risk.sum')}
        mark={<RiskMark level={analysis.risk_level} />}
      >
        <Gauge
          value={analysis.malignant_prob}
          zones={[
            { to: 0.2, tone: 'low', name: t('risk.zone.LOW') },
            { to: 0.4, tone: 'medium', name: t('risk.zone.MODERATE') },
            { to: 1, tone: 'critical', name: t('risk.zone.HIGH') },
          ]}
          {...(analysis.operating_point ? { limit: analysis.operating_point.threshold } : {})}
        />
      </Metric>
    </div>
  );
}

export function QualityLine({ measures, onOpen }: { measures: readonly Measure[]; onOpen: () => void }) {
  const failed = measures.filter((measure) => !measure.passed);
  const count = { passed: measures.length - failed.length, total: measures.length };
  return (
    <section class={`card quality-line ${failed.length > 0 ? 'is-warning' : ''}`}>
      {failed.length > 0 ? <TriangleAlert aria-hidden="true" /> : <ScanSearch aria-hidden="true" />}
      <p>
        <strong>{qualityTitle(measures)}</strong>
        {failed.map((measure) => (
          <span key={measure.name}>{adviceOf(measure)}</span>
        ))}
        <span class="hint">{t('quality.count', count)}</span>
      </p>
      <button type="button" class="button quiet" onClick={onOpen}>
        {t('quality.details')}
      </button>
    </section>
  );
}

interface Props {
  analysis: Assessed;
  lesionClass: LesionClass;
  onClass: (lesionClass: LesionClass) => void;
  onQuality: () => void;
}

export function Answer({ analysis, lesionClass, onClass, onQuality }: Props) {
  const predicted = analysis.predicted_class;
  const reasons = reasonsOf(analysis);
  return (
    <div class="stack">
      {outdated.value && (
        <div class="notice card">
          <p>{t('answer.again')}</p>
          <button type="button" class="button" onClick={() => void analyseAgain(analysis)}>
            <RefreshCw aria-hidden="true" />
            {t('answer.again.do')}
          </button>
        </div>
      )}
      <section class="card answer">
        <UrgencyHead analysis={analysis} />
        <div class="answer-body">
          <p class="eyebrow">{t('answer.likeliest')}</p>
          <h2 class="answer-class" id="answer" tabIndex={-1}>
            {t(`class.${predicted}`)}
          </h2>
          <p class="kind">
            {t(isMalignant(predicted) ? 'class.malignant' : 'class.benign')} · {predicted}
          </p>
          <ExampleNote analysis={analysis} />
          <Cautions analysis={analysis} />
          <Figures analysis={analysis} />
          <h3 class="eyebrow">{t('urgency.why')}</h3>
          <ul class="reasons" lang={reasons.lang}>
            {reasons.text.map((reason) => (
              <li key={reason}>{reason}</li>
            ))}
          </ul>
        </div>
      </section>
      <Chart probabilities={analysis.probabilities} chosen={lesionClass} onChoose={onClass} />
      <Certainty analysis={analysis} />
      <QualityLine measures={analysis.quality.measures} onOpen={onQuality} />
    </div>
  );
}
