//! Two years of a clinic. Diagnoses follow the department, prescriptions follow the diagnosis.

use super::calendar::{date, day, timestamp};
use super::random::Random;
use super::{Cell, Rows, cents, people};
use std::collections::BTreeSet;

const DIAGNOSES: &[(&str, &str, &str)] = &[
    ("I10", "Raised blood pressure", "Circulation"),
    ("I48", "Irregular heartbeat", "Circulation"),
    ("I83", "Varicose veins", "Circulation"),
    ("J06", "Common cold", "Breathing"),
    ("J45", "Asthma", "Breathing"),
    ("J20", "Bronchitis", "Breathing"),
    ("M54", "Back pain", "Movement"),
    ("M17", "Worn knee joint", "Movement"),
    ("M75", "Stiff shoulder", "Movement"),
    ("E11", "Diabetes, second type", "Metabolism"),
    ("E03", "Slow thyroid", "Metabolism"),
    ("G43", "Migraine", "Nerves"),
    ("G56", "Pinched wrist nerve", "Nerves"),
    ("K29", "Inflamed stomach", "Digestion"),
    ("K58", "Irritable bowel", "Digestion"),
    ("Z00", "Check-up without finding", "Other"),
];

const DEPARTMENTS: &[(&str, &str)] = &[
    ("CARD", "Cardiology"),
    ("PULM", "Pulmonology"),
    ("ORTH", "Orthopaedics"),
    ("NEUR", "Neurology"),
    ("GAST", "Gastroenterology"),
    ("GENE", "General Medicine"),
];

/// Drugs with their usual dose in milligrams.
const DRUGS: &[(&str, i64)] = &[
    ("Amolin", 5),
    ("Brontal", 200),
    ("Cardivex", 25),
    ("Dolorin", 400),
    ("Gastrofen", 20),
    ("Metaval", 500),
    ("Nervit", 50),
];

const REASONS: &[&str] = &[
    "Follow-up",
    "New complaint",
    "Second opinion",
    "Results to discuss",
    "Before an operation",
    "Annual check",
];

const DOCTORS: usize = 42;

/// 900 patients and everything of theirs, times `size`.
pub(super) fn rows(size: usize) -> Vec<Rows> {
    let mut random = Random::new(0xC11);
    let doctors = doctors(&mut random);
    let (patients, records) = patients(&mut random, 900 * size);
    let appointments = appointments(&mut random, 900 * size);
    let found = found(&mut random, appointments.len());
    let prescriptions = prescriptions(&mut random, appointments.len());
    vec![
        Rows {
            table: "diagnoses",
            columns: &["code", "title", "chapter"],
            rows: DIAGNOSES
                .iter()
                .map(|(code, title, chapter)| vec![(*code).into(), (*title).into(), (*chapter).into()])
                .collect(),
        },
        Rows {
            table: "departments",
            columns: &["id", "code", "name", "beds", "head_doctor_id"],
            rows: departments(&mut random),
        },
        Rows {
            table: "doctors",
            columns: &[
                "id",
                "department_id",
                "supervisor_id",
                "staff_no",
                "first_name",
                "last_name",
                "email",
                "fte",
                "hired_on",
                "left_on",
            ],
            rows: doctors,
        },
        Rows {
            table: "patients",
            columns: &[
                "id",
                "record_no",
                "first_name",
                "last_name",
                "birth_date",
                "sex",
                "blood_group",
                "phone",
                "email",
                "insurer",
                "deceased_on",
            ],
            rows: patients,
        },
        Rows {
            table: "patient_records",
            columns: &["patient_id", "height_cm", "weight_kg", "smoker", "remarks"],
            rows: records,
        },
        Rows {
            table: "appointments",
            columns: &["id", "patient_id", "doctor_id", "starts_at", "minutes", "status", "room", "reason"],
            rows: appointments,
        },
        Rows {
            table: "appointment_diagnoses",
            columns: &["appointment_id", "diagnosis_code", "certain"],
            rows: found,
        },
        Rows {
            table: "prescriptions",
            columns: &[
                "id",
                "appointment_id",
                "drug",
                "dose_mg",
                "per_day",
                "starts_on",
                "ends_on",
                "repeats",
            ],
            rows: prescriptions,
        },
    ]
}

fn departments(random: &mut Random) -> Vec<Vec<Cell>> {
    DEPARTMENTS
        .iter()
        .enumerate()
        .map(|(index, (code, name))| {
            // Doctors are dealt out in turn, so doctor `index + 1` works in department `index + 1`.
            let head = (index != 5).then_some(index + 1);
            vec![
                (index + 1).into(),
                (*code).into(),
                (*name).into(),
                (random.between(2, 12) * 4).into(),
                head.into(),
            ]
        })
        .collect()
}

fn doctors(random: &mut Random) -> Vec<Vec<Cell>> {
    (1..=DOCTORS)
        .map(|id| {
            let (first, last) = people::name(random);
            let hired = day(1998, 1, 1) + random.between(0, 9500);
            let left = random.chance(0.15).then(|| date(hired + random.between(200, 3000)));
            let supervisor = (id > DEPARTMENTS.len()).then(|| (id - 1) % DEPARTMENTS.len() + 1);
            vec![
                id.into(),
                ((id - 1) % DEPARTMENTS.len() + 1).into(),
                supervisor.into(),
                format!("S{:05}", 10_000 + id * 37).into(),
                first.into(),
                last.into(),
                people::email(first, last, id).into(),
                cents(*random.pick(&[50, 60, 75, 80, 100, 100, 100])),
                date(hired).into(),
                left.into(),
            ]
        })
        .collect()
}

fn patients(random: &mut Random, count: usize) -> (Vec<Vec<Cell>>, Vec<Vec<Cell>>) {
    let groups = ["0+", "0-", "A+", "A-", "B+", "B-", "AB+", "AB-"];
    let mut rows = Vec::new();
    let mut records = Vec::new();
    for id in 1..=count {
        let (first, last) = people::name(random);
        let birth = day(2024, 1, 1) - (random.bell(52.0, 20.0).clamp(0.5, 99.0) * 365.25) as i64;
        let deceased = random.chance(0.03).then(|| date(day(2024, 1, 1) + random.between(0, 600)));
        let sex = random.weighted(&[0.52, 0.47, 0.01]);
        rows.push(vec![
            id.into(),
            format!("P{:07}", 1_000_000 + id * 13).into(),
            first.into(),
            last.into(),
            date(birth).into(),
            ["f", "m", "x"][sex].into(),
            random
                .chance(0.7)
                .then(|| groups[random.weighted(&[35.0, 6.0, 37.0, 6.0, 9.0, 2.0, 4.0, 1.0])])
                .into(),
            random.chance(0.8).then(|| people::phone(random)).into(),
            random.chance(0.6).then(|| people::email(first, last, id)).into(),
            random
                .chance(0.92)
                .then(|| {
                    ["Nordkasse", "Sanitas Union", "Vita", "Private"][random.weighted(&[4.0, 3.0, 2.0, 1.0])]
                })
                .into(),
            deceased.into(),
        ]);
        if random.chance(0.85) {
            let height = random.bell(if sex == 1 { 178.0 } else { 166.0 }, 8.0).clamp(50.0, 215.0);
            let weight = (height - 100.0).max(8.0) * (0.8 + random.unit() * 0.5);
            records.push(vec![
                id.into(),
                random.chance(0.95).then_some(height as i64).into(),
                random
                    .chance(0.9)
                    .then(|| format!("{:.1}", weight.max(4.0)))
                    .map_or(Cell::Null, Cell::Number),
                random.chance(0.22).into(),
                random
                    .chance(0.2)
                    .then(|| format!("{} reported by {first} {last}.", random.pick(REASONS)))
                    .into(),
            ]);
        }
    }
    (rows, records)
}

fn appointments(random: &mut Random, patients: usize) -> Vec<Vec<Cell>> {
    let mut taken = BTreeSet::new();
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    for patient in 1..=patients {
        for _ in 0..random.geometric(2.6) {
            let doctor = 1 + (random.unit() * random.unit() * DOCTORS as f64) as usize;
            // Working days only, in slots of ten minutes from eight to four.
            let days = random.between(0, 103) * 7 + random.between(0, 4);
            let starts = (day(2023, 10, 2) + days) * 86_400 + 28_800 + random.between(0, 47) * 600;
            if !taken.insert((doctor, starts)) {
                continue;
            }
            rows.push(vec![
                (rows.len() + 1).into(),
                patient.into(),
                doctor.into(),
                timestamp(starts).into(),
                (*random.pick(&[10i64, 15, 15, 20, 20, 20, 30, 45, 60])).into(),
                ["booked", "kept", "missed", "cancelled"][random.weighted(&[0.08, 0.78, 0.06, 0.08])].into(),
                random
                    .chance(0.9)
                    .then(|| format!("{}{:02}", random.pick(&["A", "B", "C"]), random.between(1, 12)))
                    .into(),
                random.chance(0.8).then(|| *random.pick(REASONS)).into(),
            ]);
        }
    }
    rows
}

fn found(random: &mut Random, appointments: usize) -> Vec<Vec<Cell>> {
    let weights: Vec<_> = (0..DIAGNOSES.len()).map(|index| 1.0 / (index + 2) as f64).collect();
    let mut rows = Vec::new();
    for appointment in 1..=appointments {
        let codes: BTreeSet<_> =
            (0..random.geometric(1.1).min(4)).map(|_| random.weighted(&weights)).collect();
        for code in codes {
            rows.push(vec![appointment.into(), DIAGNOSES[code].0.into(), random.chance(0.7).into()]);
        }
    }
    rows
}

fn prescriptions(random: &mut Random, appointments: usize) -> Vec<Vec<Cell>> {
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    for appointment in 1..=appointments {
        for _ in 0..random.geometric(0.5).min(4) {
            let (drug, dose) = *random.pick(DRUGS);
            let starts = day(2023, 10, 2) + random.between(0, 730);
            rows.push(vec![
                (rows.len() + 1).into(),
                appointment.into(),
                drug.into(),
                cents(dose * 100 * *random.pick(&[1, 1, 1, 2]) / *random.pick(&[1, 1, 2])),
                random.between(1, 4).into(),
                date(starts).into(),
                random.chance(0.8).then(|| date(starts + *random.pick(&[7, 10, 14, 30, 90]))).into(),
                (random.geometric(0.8).min(11)).into(),
            ]);
        }
    }
    rows
}
