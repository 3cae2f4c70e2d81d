// SPDX-License-Identifier: MIT
// Photos without an answer, for one of three reasons: not good enough, no photo of skin, or unlike the training photos.
// What is wrong and what to do, no figures of classes.
import { CameraOff, CircleHelp, Lightbulb, ScanEye, Stethoscope } from 'lucide-preact';
import { figure, type Key, language, t, translated } from '../i18n';
import { go } from '../route';
import type { Declined } from '../types';
import { adviceOf } from './quality';

type Why = 'retake' | 'foreign' | 'unlike';

/** A photo that the network saw has a distance; one that was turned away before it has none. */
export function whyDeclined({ status, ood }: Declined): Why {
  if (status === 'retake_advised') return 'retake';
  return ood?.score === undefined ? 'foreign' : 'unlike';
}

const icons = { retake: CameraOff, foreign: ScanEye, unlike: CircleHelp };
const tips: Record<Exclude<Why, 'retake'>, Key[]> = {
  foreign: ['foreign.tip.device', 'foreign.tip.fill', 'foreign.tip.one'],
  unlike: ['unlike.tip.again', 'foreign.tip.fill', 'foreign.tip.one'],
};

/** What the check found: of a distance the figures, else what of the picture is not like skin. */
function Finding({ analysis }: { analysis: Declined }) {
  const { ood } = analysis;
  if (!ood || whyDeclined(analysis) === 'retake') return null;
  if (ood.score !== undefined && ood.rejected_from !== undefined) {
    const values = { score: figure(ood.score), limit: figure(ood.rejected_from) };
    return <p class="hint">{t('unlike.score', values)}</p>;
  }
  const found = translated(`foreign.cause.${ood.cause}`, language.value === 'en' ? ood.reason : '');
  return found === '' ? null : <p class="hint">{found}</p>;
}

export function DeclinedAnswer({ analysis }: { analysis: Declined }) {
  const why = whyDeclined(analysis);
  const Icon = icons[why];
  const failed = analysis.quality.measures.filter((measure) => !measure.passed);
  const advice = why === 'retake' ? failed.map(adviceOf) : tips[why].map((key) => t(key));
  return (
    <section class="card declined">
      <span class="declined-sign" aria-hidden="true">
        <Icon />
      </span>
      <h2 id="answer" tabIndex={-1}>
        {t(`${why}.title`)}
      </h2>
      <p>{t(`${why}.text`)}</p>
      <p class="declined-consult">
        <Stethoscope aria-hidden="true" />
        <span>{t('declined.consult')}</span>
      </p>
      <h3 class="eyebrow">{t(why === 'retake' ? 'retake.advice' : 'foreign.advice')}</h3>
      <ul class="facts">
        {advice.map((item) => (
          <li key={item}>
            <Lightbulb aria-hidden="true" />
            <span>{item}</span>
          </li>
        ))}
      </ul>
      <Finding analysis={analysis} />
      <button type="button" class="button primary" onClick={() => go({ view: 'start' })}>
        {t('retake.new')}
      </button>
    </section>
  );
}
