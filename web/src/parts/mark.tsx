// SPDX-License-Identifier: MIT
// Signs that say in shape and word what their colour says: urgency, risk, band.
import { CircleCheck, Clock, OctagonAlert, TriangleAlert } from 'lucide-preact';
import { t } from '../i18n';
import type { RiskLevel, Urgency } from '../types';

export const urgencyIcons = { CRITICAL: OctagonAlert, HIGH: TriangleAlert, MEDIUM: Clock, LOW: CircleCheck };
const riskIcons = { HIGH: OctagonAlert, MODERATE: TriangleAlert, LOW: CircleCheck };
const riskTone = { HIGH: 'critical', MODERATE: 'medium', LOW: 'low' } as const;

export const toneOf = (urgency: Urgency): string => urgency.toLowerCase();

export function UrgencyMark({ urgency }: { urgency: Urgency }) {
  const Icon = urgencyIcons[urgency];
  return (
    <span class={`mark tone-${toneOf(urgency)}`}>
      <Icon aria-hidden="true" />
      {t(`urgency.${urgency}`)}
    </span>
  );
}

export function RiskMark({ level }: { level: RiskLevel }) {
  const Icon = riskIcons[level];
  return (
    <span class={`mark tone-${riskTone[level]}`}>
      <Icon aria-hidden="true" />
      {t(`risk.${level}`)}
    </span>
  );
}

/** Nevus's sign: a lesion in a dermatoscope's ring. */
export function Logo() {
  return (
    <svg class="logo" viewBox="0 0 32 32" aria-hidden="true">
      <circle class="logo-ring" cx="16" cy="16" r="13.5" />
      <path class="logo-ticks" d="M16 1v4M16 27v4M1 16h4M27 16h4" />
      <path
        class="logo-lesion"
        d="M13.2 9.6c2.6-1.5 5.4-.6 7 1.3 1.2 1.4 2.9 2.1 2.7 4.6-.2 2.1-1.5 2.7-1.8 4.3-.4 2.3-2.7 3.4-5 2.9-1.9-.4-2.9-1.7-4.9-2.2-2-.5-2.6-2.6-2.1-4.6.4-1.6 1.7-2.2 2-3.6.2-1.1.9-2 2.1-2.7Z"
      />
    </svg>
  );
}
