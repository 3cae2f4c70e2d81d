// SPDX-License-Identifier: MIT
// What an analyst who looked at the answer says of it: with that, reports are final.
import { PenLine, Undo2 } from 'lucide-preact';
import { useState } from 'preact/hooks';
import { clock, t } from '../i18n';
import { isLoaded, kNothing, saveNotes, signOff, type Typed, withdraw } from '../occasion';
import type { Occasion } from '../types';
import { Trouble } from './trouble';

const verdicts = ['agree', 'override'] as const;
type Verdict = (typeof verdicts)[number];

function Signed({ occasion }: { occasion: Occasion }) {
  const signed = occasion.sign_off;
  if (!signed) return null;
  return (
    <div class={`signed is-${signed.verdict}`}>
      <p>
        <PenLine aria-hidden="true" />
        <span>
          <strong>{t(`sign.done.${signed.verdict}`, { analyst: signed.analyst })}</strong>
          {signed.reason !== '' && <q>{signed.reason}</q>}
          <span class="hint">{t('sign.time', { time: clock(signed.time) })}</span>
        </span>
      </p>
      <button type="button" class="button" onClick={() => void withdraw()}>
        <Undo2 aria-hidden="true" />
        {t('sign.withdraw')}
      </button>
    </div>
  );
}

function Form({ occasion, loaded }: { occasion: Occasion; loaded: boolean }) {
  const [analyst, setAnalyst] = useState(occasion.analyst);
  const [verdict, setVerdict] = useState<Verdict | null>(null);
  const [reason, setReason] = useState('');
  const [signing, setSigning] = useState(false);
  const busy = !loaded || signing;
  const ready = analyst.trim() !== '' && verdict !== null && (verdict === 'agree' || reason.trim() !== '');
  return (
    <form
      class="sign"
      onSubmit={async (event) => {
        event.preventDefault();
        if (busy || !ready || verdict === null) return;
        // Nothing of what is being signed changes until it is.
        setSigning(true);
        await signOff(analyst.trim(), verdict, reason.trim());
        setSigning(false);
      }}
    >
      <div class="field">
        <label for="sign-analyst">{t('sign.analyst')}</label>
        <input
          id="sign-analyst"
          type="text"
          maxLength={60}
          autocomplete="off"
          disabled={busy}
          value={analyst}
          onInput={(event) => setAnalyst(event.currentTarget.value)}
          onChange={(event) => void saveNotes({ analyst: event.currentTarget.value.trim() })}
        />
      </div>
      <fieldset class="segmented">
        <legend class="sr-only">{t('sign.verdict')}</legend>
        {verdicts.map((id) => (
          <label key={id}>
            <input type="radio" name="verdict" checked={verdict === id} onChange={() => setVerdict(id)} />
            <span>{t(`sign.${id}`)}</span>
          </label>
        ))}
      </fieldset>
      <div class="field">
        <label for="sign-reason">{t(verdict === 'override' ? 'sign.reason.needed' : 'sign.reason')}</label>
        <textarea
          id="sign-reason"
          rows={2}
          maxLength={500}
          autocomplete="off"
          required={verdict === 'override'}
          disabled={busy}
          value={reason}
          onInput={(event) => setReason(event.currentTarget.value.replace(/\s+/g, ' '))}
        />
      </div>
      <button type="submit" class="button primary" disabled={!loaded || !ready}>
        <PenLine aria-hidden="true" />
        {t('sign.do')}
      </button>
    </form>
  );
}

export function SignOffCard({ typed }: { typed: Typed | null }) {
  const loaded = isLoaded(typed);
  return (
    <section class="card block">
      <h3>{t('sign.title')}</h3>
      {!typed?.occasion.sign_off && <p class="hint">{t('sign.text')}</p>}
      {typed?.occasion.sign_off ? (
        <Signed occasion={typed.occasion} />
      ) : (
        <Form key={String(loaded)} occasion={typed?.occasion ?? kNothing} loaded={loaded} />
      )}
      <Trouble typed={typed} at="sign" />
    </section>
  );
}
