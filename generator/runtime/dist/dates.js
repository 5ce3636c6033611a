"use strict";
/** Dates as services want them: days without a time, moments with an offset. */
Object.defineProperty(exports, "__esModule", { value: true });
exports.dateOf = dateOf;
exports.secondsOf = secondsOf;
const LOCAL = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d(?:\.\d+)?)?)?$/;
/** Date pickers hand over a time of day with every date, and moments without an offset: those are in `zone`. */
function dateOf(text, format, zone) {
    if (format === 'date')
        return /^\d{4}-\d\d-\d\dT/.test(text) ? text.slice(0, 10) : text;
    const found = format === 'date-time' ? LOCAL.exec(text) : null;
    if (!found)
        return text;
    const local = `${found[1]}T${found[2] || '00:00'}${found[3] || ':00'}`;
    return local + offset(local, zone);
}
/** Unix seconds of a date or a moment; undefined where it is none. */
function secondsOf(text, zone) {
    const moment = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(dateOf(text, 'date-time', zone)) : Number.NaN;
    return Number.isNaN(moment) ? undefined : Math.floor(moment / 1000);
}
/** `Z`, or `+02:00`: of the clock on the wall in that zone. */
function offset(local, zone) {
    const wanted = Date.parse(`${local}Z`);
    if (Number.isNaN(wanted))
        return 'Z';
    // The offset at that moment, by the one an offset's error away: it matters where summer time begins or ends.
    const minutes = minutesAt(wanted - minutesAt(wanted, zone) * 60000, zone);
    if (!minutes)
        return 'Z';
    const [hour, minute] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
    return `${minutes < 0 ? '-' : '+'}${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;
}
function minutesAt(moment, zone) {
    try {
        const clock = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' });
        const shown = Date.parse(`${clock.format(moment).replace(' ', 'T')}Z`);
        return Math.round((shown - Math.floor(moment / 1000) * 1000) / 60000);
    }
    catch {
        return 0; // no zone that is known here
    }
}
