//! Timestamps: seconds since 1970-01-01T00:00:00Z to year, month, weekday and hour of UTC, in exact double arithmetic.
//!
//! ONNX has no type for instants and its operators can't read texts like `2024-07-13T05:34:40Z`; seconds as a double are
//! what every caller can give. The date follows from the day number by 400-year cycles that begin on 1 March
//! (E. M. Reingold and N. Dershowitz, Calendrical Calculations). A missing instant (NaN) gives four missing numbers.

use crate::graph::{Builder, F64, Value};

/// Days from 0000-03-01 to 1970-01-01.
const DAYS_TO_EPOCH: f64 = 719_468.0;
const DAYS_OF_400_YEARS: f64 = 146_097.0;

/// Year, month, weekday and hour as `[N]` each.
pub(super) fn parts(builder: &mut Builder, seconds: &Value<F64>) -> [Value<F64>; 4] {
    // Whole seconds first: a quotient of whole numbers this small never rounds up to the next whole number.
    let seconds = builder.floor(seconds);
    let day = quotient(builder, &seconds, 86_400.0);
    let of_day = remainder(builder, &seconds, &day, 86_400.0);
    let hour = quotient(builder, &of_day, 3_600.0);
    let since_monday = plus(builder, &day, 3.0);
    let weeks = quotient(builder, &since_monday, 7.0);
    let weekday = remainder(builder, &since_monday, &weeks, 7.0);
    let weekday = plus(builder, &weekday, 1.0);
    let (year, month) = year_and_month(builder, &day);
    [year, month, weekday, hour]
}

fn year_and_month(builder: &mut Builder, day: &Value<F64>) -> (Value<F64>, Value<F64>) {
    let day = plus(builder, day, DAYS_TO_EPOCH);
    let cycle = quotient(builder, &day, DAYS_OF_400_YEARS);
    let of_cycle = remainder(builder, &day, &cycle, DAYS_OF_400_YEARS);
    let year_of_cycle = year_of_cycle(builder, &of_cycle);
    let of_year = day_of_year(builder, &of_cycle, &year_of_cycle);
    // Months from March on have lengths that repeat each five months of 153 days.
    let five = times(builder, &of_year, 5.0);
    let five = plus(builder, &five, 2.0);
    let from_march = quotient(builder, &five, 153.0);
    let ten_or_more = plus(builder, &from_march, 2.0);
    let next_year = quotient(builder, &ten_or_more, 12.0);
    let month = plus(builder, &from_march, 3.0);
    let wrapped = times(builder, &next_year, -12.0);
    let month = builder.add(&month, &wrapped);
    let cycles = times(builder, &cycle, 400.0);
    let year = builder.add(&year_of_cycle, &cycles);
    (builder.add(&year, &next_year), month)
}

/// Leap days are taken out first: one each 4 years, none each 100, one again at the end of the 400.
fn year_of_cycle(builder: &mut Builder, day: &Value<F64>) -> Value<F64> {
    let fours = quotient(builder, day, 1_460.0);
    let hundreds = quotient(builder, day, 36_524.0);
    let end = quotient(builder, day, 146_096.0);
    let plain = builder.subtract(day, &fours);
    let plain = builder.add(&plain, &hundreds);
    let plain = builder.subtract(&plain, &end);
    quotient(builder, &plain, 365.0)
}

fn day_of_year(builder: &mut Builder, day: &Value<F64>, year: &Value<F64>) -> Value<F64> {
    let days = times(builder, year, 365.0);
    let fours = quotient(builder, year, 4.0);
    let hundreds = quotient(builder, year, 100.0);
    let before = builder.add(&days, &fours);
    let before = builder.subtract(&before, &hundreds);
    builder.subtract(day, &before)
}

/// Rounded down.
fn quotient(builder: &mut Builder, value: &Value<F64>, divisor: f64) -> Value<F64> {
    let divisor = builder.scalar(divisor);
    let ratio = builder.divide(value, &divisor);
    builder.floor(&ratio)
}

fn remainder(builder: &mut Builder, value: &Value<F64>, quotient: &Value<F64>, divisor: f64) -> Value<F64> {
    let taken = times(builder, quotient, divisor);
    builder.subtract(value, &taken)
}

fn plus(builder: &mut Builder, value: &Value<F64>, term: f64) -> Value<F64> {
    let term = builder.scalar(term);
    builder.add(value, &term)
}

fn times(builder: &mut Builder, value: &Value<F64>, factor: f64) -> Value<F64> {
    let factor = builder.scalar(factor);
    builder.multiply(value, &factor)
}
