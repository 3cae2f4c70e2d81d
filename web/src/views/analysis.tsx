// SPDX-License-Identifier: MIT
// One photo: the viewer beside the parts of its answer. The same frame stands while the answer is on its way.
import { Check, Dot, FileText, Loader, MessageSquareText, ScanSearch, Stethoscope } from 'lucide-preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { bytes, percent, t } from '../i18n';
import { Answer } from '../parts/answer';
import { DeclinedAnswer, whyDeclined } from '../parts/declined';
import { RetryCard } from '../parts/failure';
import { lazy } from '../parts/lazy';
import { Quality } from '../parts/quality';
import { announce, connection, pending } from '../state';
import type { Analysis, LesionClass } from '../types';
import { Viewer } from '../viewer/viewer';

const Words = lazy(async () => (await import('../parts/words')).Words);
const Report = lazy(async () => (await import('../parts/report')).Report);

const tabs = [
  ['answer', Stethoscope],
  ['photo', ScanSearch],
  ['words', MessageSquareText],
  ['report', FileText],
] as const;
type Tab = (typeof tabs)[number][0];

function Tabs({ tab, onTab }: { tab: Tab; onTab: (tab: Tab) => void }) {
  const row = useRef<HTMLDivElement>(null);
  const move = (event: KeyboardEvent): void => {
    const at = tabs.findIndex(([id]) => id === tab);
    const next = { ArrowRight: at + 1, ArrowLeft: at - 1 + tabs.length, Home: 0, End: tabs.length - 1 }[event.key];
    const found = next === undefined ? undefined : tabs[next % tabs.length];
    if (!found) return;
    event.preventDefault();
    onTab(found[0]);
    row.current?.querySelector<HTMLElement>(`#tab-${found[0]}`)?.focus();
  };
  return (
    <div ref={row} class="tabs" role="tablist" aria-label={t('tab.label')} onKeyDown={move}>
      {tabs.map(([id, Icon]) => (
        <button
          key={id}
          type="button"
          role="tab"
          id={`tab-${id}`}
          aria-selected={tab === id}
          aria-controls="panel"
          tabIndex={tab === id ? 0 : -1}
          onClick={() => onTab(id)}
        >
          <Icon aria-hidden="true" />
          {t(`tab.${id}`)}
        </button>
      ))}
    </div>
  );
}

/** What the server is at: honest about the order, without a made-up per cent. */
function Waiting() {
  const steps = ['run.quality', 'run.network', 'run.explain'] as const;
  return (
    <section class="card waiting" aria-busy="true">
      <h2>
        <Loader aria-hidden="true" />
        {t('run.title')}
      </h2>
      <ol>
        <li class="is-done">
          <Check aria-hidden="true" />
          {t('run.decode')}
        </li>
        {steps.map((step) => (
          <li key={step}>
            <Dot aria-hidden="true" />
            {t(step)}
          </li>
        ))}
      </ol>
      <span class="bone wide" />
      <span class="bone" />
      <span class="bone short" />
    </section>
  );
}

/** What is said aloud when the answer is there. */
function spoken(analysis: Analysis): string {
  if (analysis.status !== 'assessed') return t(`${whyDeclined(analysis)}.live`);
  return t('answer.live', {
    name: t(`class.${analysis.predicted_class}`),
    confidence: percent(analysis.confidence),
    urgency: t(`urgency.${analysis.urgency.level}`),
  });
}

export function AnalysisView({ analysis }: { analysis: Analysis | null }) {
  const [tab, setTab] = useState<Tab>('answer');
  const [wide, setWide] = useState(false);
  const [chosen, setChosen] = useState<LesionClass | null>(null);
  const id = analysis?.id;
  const predicted = analysis?.status === 'assessed' ? analysis.predicted_class : 'mel';

  useLayoutEffect(() => {
    setTab('answer');
    setChosen(null);
    if (!analysis) return;
    requestAnimationFrame(() => performance.mark('nevus:answer'));
  }, [id]);
  useEffect(() => {
    if (!analysis) return;
    announce(spoken(analysis));
    document.getElementById('answer')?.focus({ preventScroll: true });
  }, [id]);

  return (
    <div class={`analysis ${wide ? 'is-wide' : ''}`}>
      <header class="analysis-head">
        <h1>{analysis?.input.name ?? pending.value?.name}</h1>
        <p class="hint">
          {analysis
            ? `${analysis.input.width_px} × ${analysis.input.height_px} px · ${bytes(analysis.input.size_bytes)} · ${analysis.model.id} ${analysis.model.version}`
            : bytes(pending.value?.photo.size ?? 0)}
        </p>
      </header>
      <Viewer analysis={analysis} lesionClass={chosen ?? predicted} onClass={setChosen} wide={wide} onWide={setWide} />
      <div class="panel-column">
        {analysis ? (
          <>
            <Tabs tab={tab} onTab={setTab} />
            <div class="panel" role="tabpanel" id="panel" aria-labelledby={`tab-${tab}`}>
              {tab === 'answer' &&
                (analysis.status === 'assessed' ? (
                  <Answer
                    analysis={analysis}
                    lesionClass={chosen ?? predicted}
                    onClass={setChosen}
                    onQuality={() => setTab('photo')}
                  />
                ) : (
                  <DeclinedAnswer analysis={analysis} />
                ))}
              {tab === 'photo' && <Quality measures={analysis.quality.measures} />}
              {tab === 'words' && <Words key={analysis.id} analysis={analysis} />}
              {tab === 'report' && <Report analysis={analysis} />}
            </div>
          </>
        ) : connection.value === 'lost' || pending.value === null ? (
          <RetryCard />
        ) : (
          <Waiting />
        )}
      </div>
    </div>
  );
}
