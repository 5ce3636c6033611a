/** When to try again, however a service says it. */

import type { Clock } from './wire';

const UNITS: Record<string, number> = { d: 86400, h: 3600, m: 60, s: 1 };
/** A bare number this large is a unix time, not a wait. */
const DATES_FROM = 1e9;
const ISO = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)(Z|[+-]\d\d:?\d\d)?)?$/;
const HTTP_DATE = /^(?:[A-Z][a-z]{2}, )?\d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d (?:GMT|UTC|[+-]\d{4})$/;

/**
 * Seconds from `clock.now` until the moment `value` names, never negative: a number of seconds, a date, a unix time,
 * or words ('Resets in ~3h'). null where it names none, or names a date and no `now` is given.
 */
export function secondsUntil(value: unknown, clock: Clock = {}): number | null {
  if (typeof value === 'string' && /^\s*\d{1,15}(\.\d{1,9})?\s*$/.test(value))
    return secondsUntil(Number(value), clock);
  if (typeof value === 'number') {
    if (!Number.isFinite(value) || value < 0) return null;
    return value < DATES_FROM ? value : wait(value > 100 * DATES_FROM ? value / 1000 : value, clock);
  }
  if (typeof value !== 'string') return null;
  const moment = momentOf(value.slice(0, 200).trim());
  return moment === undefined ? inWords(value.slice(0, 1000)) : wait(moment, clock);
}

function wait(moment: number, clock: Clock): number | null {
  return clock.now === undefined ? null : Math.max(0, moment - clock.now);
}

/** Unix seconds of a date's text; one without a zone is UTC. */
function momentOf(text: string): number | undefined {
  const iso = ISO.exec(text);
  const standard = iso ? `${iso[1]}T${iso[2] || '00:00'}${iso[3] || 'Z'}` : HTTP_DATE.test(text) ? text : '';
  const moment = standard ? Date.parse(standard.replace(/([+-]\d\d)(\d\d)$/, iso ? '$1:$2' : '$1$2')) : NaN;
  return Number.isFinite(moment) ? moment / 1000 : undefined;
}

/** The first run of durations: 'in 1h 30m' is one, what stands elsewhere in the sentence is another matter. */
function inWords(text: string): number | null {
  const unit = /(\d{1,6}(?:\.\d{1,3})?)\s{0,3}(d|h|m|s)(?:ays?|ours?|rs?|in(?:ute)?s?|ec(?:ond)?s?)?(?![a-z])/gi;
  let total: number | null = null;
  let end = 0;
  for (let found = unit.exec(text); found; found = unit.exec(text)) {
    if (total !== null && !/^[ ,and]*$/.test(text.slice(end, found.index))) break;
    total = (total || 0) + Number(found[1]) * (UNITS[(found[2] as string).toLowerCase()] as number);
    end = unit.lastIndex;
  }
  return total;
}
