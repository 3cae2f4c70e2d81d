// SPDX-License-Identifier: MIT
// The answer itself: urgency with its reasons, class, confidence, risk, all classes, and how sure it is.
import {
  CircleHelp,
  Fingerprint,
  ListChecks,
  RefreshCw,
  Ruler,
  ScanSearch,
  ShieldAlert,
  TriangleAlert,
  Waves,
} from 'lucide-preact';
import type { ComponentChildren } from 'preact';
import { figure, language, list, percent, t, translated } from '../i18n';
import { analyseAgain, outdated } from '../state';
import { type Assessed, isMalignant, type LesionClass, type Measure } from '../types';
import { Chart } from './chart';
import { Gauge } from './gauge';
import { RiskMark, toneOf, urgencyIcons } from './mark';
import { adviceOf, qualityTitle } from './quality';

/** The reasons in the page's language where the rules came with their figures, else the server's own sentences. */
export function reasonsOf({ urgency }: Assessed): { text: string[]; lang: string } {
  const rules = urgency.rules?.filter((rule) => rule.level === urgency.level) ?? [];
  if (rules.length !== urgency.reasons.length) return { text: urgency.reasons, lang: 'en' };
  const text = rules.map((rule, i) =>
    translated(`rule.${rule.id}`, urgency.reasons[i] ?? '', {
      value: percent(rule.prob),
      limit: percent(rule.limit),
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

/** The sentences under "How sure is this?", each with the name of its sign. */
export function certainty(
  analysis: Assessed,
): { kind: 'warn' | 'set' | 'ood' | 'point' | 'stability'; text: string }[] {
  const { prediction_set: set, operating_point: point, ood, stability } = analysis;
  const found: ReturnType<typeof certainty> = [];
  if (analysis.cannot_tell) found.push({ kind: 'warn', text: t('answer.cannot_tell') });
  if (ood?.state === 'doubtful') found.push({ kind: 'warn', text: t('answer.ood.doubtful') });
  if (set?.length) {
    const names = list(set.map((id) => t(`class.${id}`)));
    const key = set.length === 1 ? 'answer.set.one' : 'answer.set.other';
    found.push({ kind: 'set', text: t(key, { level: percent(0.9, 0), n: set.length, names }) });
  }
  if (point) {
    found.push({
      kind: 'point',
      text: t(point.positive ? 'answer.point.positive' : 'answer.point.negative', {
        name: t(`side.point.${point.name}`),
        value: percent(analysis.malignant_prob),
        limit: percent(point.threshold),
      }),
    });
  }
  if (ood?.state === 'in_distribution') found.push({ kind: 'ood', text: t('answer.ood.in_distribution') });
  if (stability) {
    const values = {
      n: stability.views,
      spread: percent(stability.spread_prob),
      flips: percent(stability.view_flip_frac, 0),
    };
    found.push({ kind: 'stability', text: t('answer.stability', values) });
  }
  return found;
}

/** What takes weight from the answer stands beside it, not only below. */
function Cautions({ analysis }: { analysis: Assessed }) {
  const cautions = certainty(analysis).filter(({ kind }) => kind === 'warn');
  if (!cautions.length) return null;
  return (
    <ul class="facts cautions">
      {cautions.map(({ text }) => (
        <li key={text} class="is-warning">
          <ShieldAlert aria-hidden="true" />
          <span>{text}</span>
        </li>
      ))}
    </ul>
  );
}

const certaintyIcons = { warn: ShieldAlert, set: ListChecks, ood: Fingerprint, point: Ruler, stability: Waves };

function Certainty({ analysis }: { analysis: Assessed }) {
  const sentences = certainty(analysis).filter(({ kind }) => kind !== 'warn');
  if (!sentences.length) return null;
  return (
    <section class="card block">
      <h3>
        <CircleHelp aria-hidden="true" />
        {t('answer.sure')}
      </h3>
      <ul class="facts">
        {sentences.map(({ kind, text }) => {
          const Icon = certaintyIcons[kind];
          return (
            <li key={kind}>
              <Icon aria-hidden="true" />
              <span>{text}</span>
            </li>
          );
        })}
      </ul>
      {analysis.ood && analysis.ood.reason !== '' && (
        <p class="hint" lang="en">
          {analysis.ood.reason} {analysis.ood.score !== undefined && `(${figure(analysis.ood.score)})`}
        </p>
      )}
    </section>
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
