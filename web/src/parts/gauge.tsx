// SPDX-License-Identifier: MIT
// A share of one on a scale with named zones, and a pointer where it stands.
import { percent } from '../i18n';

export interface Zone {
  to: number;
  tone: string;
  name: string;
}

interface Props {
  value: number;
  zones: readonly Zone[];
  /** A limit to mark, such as the operating point's. */
  limit?: number;
}

export function Gauge({ value, zones, limit }: Props) {
  let from = 0;
  return (
    <div class="gauge" aria-hidden="true">
      <div class="gauge-track">
        {zones.map((zone) => {
          const left = from;
          from = zone.to;
          const here = value >= left && (value < zone.to || zone.to === 1);
          return (
            <span
              key={zone.to}
              class={`gauge-zone tone-${zone.tone} ${here ? 'is-here' : ''}`}
              style={{ left: `${100 * left}%`, width: `${100 * (zone.to - left)}%` }}
            >
              <span class="gauge-name">{zone.name}</span>
            </span>
          );
        })}
        {limit !== undefined && <span class="gauge-limit" style={{ left: `${100 * limit}%` }} title={percent(limit)} />}
        <span class="gauge-pointer" style={{ left: `${100 * value}%` }} />
      </div>
    </div>
  );
}
