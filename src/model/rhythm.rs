//! When in the week and in the day things happen: offices are shut on Sundays, and nobody rents a film at four in the morning.

use serde::{Deserialize, Serialize};

/// Days of a week, hours of a day.
const WEEK: usize = 7;
const DAY: usize = 24;

/// How the days of a week and the hours of a day are filled, inside ranges of days and times. All alike where nothing is said.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rhythm {
    /// Units of the column in a day: 1 for days, 86,400,000,000 for times.
    pub day: i64,
    /// The weight of each day of the week, that of 1970-01-01 (a Thursday) first; empty where days are alike.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub days: Vec<u32>,
    /// The weight of each hour of the day; empty where hours are alike, or days are not divided.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hours: Vec<u32>,
}

impl Rhythm {
    /// Whether all is alike.
    pub fn is_empty(&self) -> bool {
        self.days.is_empty() && self.hours.is_empty()
    }

    /// The shortest time that is told apart, in units of the column.
    pub fn shortest(&self) -> i64 {
        if self.hours.is_empty() { self.day } else { self.day / DAY as i64 }
    }

    fn day_weight(&self, day: usize) -> i128 {
        self.days.get(day).map_or(1, |&weight| i128::from(weight))
    }

    /// The hours of a day by weight: as many as are told apart.
    fn hour_weights(&self) -> &[u32] {
        if self.hours.len() == DAY { &self.hours } else { &[1] }
    }

    fn of_day(&self) -> i128 {
        self.hour_weights().iter().map(|&weight| i128::from(weight)).sum::<i128>()
            * i128::from(self.shortest())
    }

    fn of_week(&self, of_day: i128) -> i128 {
        (0..WEEK).map(|day| self.day_weight(day)).sum::<i128>() * of_day
    }

    /// What all units from 1970 on (or back) up to a value weigh, the value not among them.
    pub fn below(&self, value: i64) -> i128 {
        let (days, rest) = (value.div_euclid(self.day), i128::from(value.rem_euclid(self.day)));
        let (weeks, day) = (days.div_euclid(WEEK as i64), days.rem_euclid(WEEK as i64) as usize);
        let before: i128 = (0..day).map(|day| self.day_weight(day)).sum();
        let shortest = i128::from(self.shortest());
        let hour = (rest / shortest) as usize;
        let hours = self.hour_weights();
        let hours_before: i128 = hours.iter().take(hour).map(|&weight| i128::from(weight)).sum();
        let here = hours.get(hour).map_or(0, |&weight| i128::from(weight));
        let within = hours_before * shortest + here * (rest - hour as i128 * shortest);
        let of_day = self.of_day();
        i128::from(weeks) * self.of_week(of_day) + before * of_day + self.day_weight(day) * within
    }

    /// The last value that no more than so much weight lies below: [`Self::below`] turned round.
    pub fn nth(&self, weight: i128) -> i64 {
        let (mut day, of_day) = (0, self.of_day());
        let of_week = self.of_week(of_day);
        let (weeks, mut left) = (weight.div_euclid(of_week), weight.rem_euclid(of_week));
        while day + 1 < WEEK && left >= self.day_weight(day) * of_day {
            left -= self.day_weight(day) * of_day;
            day += 1;
        }
        left /= self.day_weight(day).max(1);
        let (hours, shortest) = (self.hour_weights(), i128::from(self.shortest()));
        let mut hour = 0;
        while hour + 1 < hours.len() && left >= i128::from(hours[hour]) * shortest {
            left -= i128::from(hours[hour]) * shortest;
            hour += 1;
        }
        let within = hour as i128 * shortest + (left / i128::from(hours[hour]).max(1)).min(shortest - 1);
        ((weeks * WEEK as i128 + day as i128) * i128::from(self.day) + within) as i64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000_000;

    fn office() -> Rhythm {
        let hours = (0..24).map(|hour| u32::from((9..17).contains(&hour)) * 3).collect();
        Rhythm { day: 24 * HOUR, days: vec![1, 1, 0, 0, 2, 1, 1], hours }
    }

    #[test]
    fn weights_and_values_are_each_other_turned_round() {
        for rhythm in [office(), Rhythm { day: 1, days: vec![1, 1, 0, 0, 2, 1, 1], hours: vec![] }] {
            let end = rhythm.below(70 * rhythm.day);
            assert_eq!(rhythm.below(0), 0);
            assert!(rhythm.below(-rhythm.day) < 0);
            for part in 0..200 {
                let value = rhythm.nth(end * part / 200);
                assert!(rhythm.below(value) <= end * part / 200, "{value}");
                assert!(rhythm.below(value + 1) > end * part / 200, "{value}");
            }
        }
    }

    #[test]
    fn nothing_happens_when_offices_are_shut() {
        let rhythm = office();
        let end = rhythm.below(700 * rhythm.day);
        let mut mondays = 0;
        for part in 0..997 {
            let value = rhythm.nth(end * part / 997);
            let (day, hour) =
                (value.div_euclid(rhythm.day).rem_euclid(7), value.rem_euclid(rhythm.day) / HOUR);
            assert!(![2, 3].contains(&day) && (9..17).contains(&hour), "day {day}, hour {hour}");
            mondays += u32::from(day == 4);
        }
        assert!((325..340).contains(&mondays), "a third of all: {mondays}");
    }
}
