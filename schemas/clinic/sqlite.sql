-- A clinic: departments and their doctors (each department has a head, each doctor a department: a cycle), patients
-- with one record each, appointments with diagnoses, prescriptions.

CREATE TABLE diagnoses (
    code varchar(7) PRIMARY KEY,
    title varchar(80) NOT NULL UNIQUE,
    chapter varchar(40) NOT NULL
);

CREATE TABLE departments (
    id INTEGER PRIMARY KEY,
    code char(4) NOT NULL UNIQUE,
    name varchar(60) NOT NULL,
    beds smallint NOT NULL CHECK (beds >= 0),
    head_doctor_id integer UNIQUE REFERENCES doctors (id)
);

CREATE TABLE doctors (
    id INTEGER PRIMARY KEY,
    department_id smallint NOT NULL REFERENCES departments (id),
    supervisor_id integer REFERENCES doctors (id),
    staff_no varchar(8) NOT NULL UNIQUE,
    first_name varchar(60) NOT NULL,
    last_name varchar(60) NOT NULL,
    email varchar(120) NOT NULL UNIQUE,
    fte numeric(3, 2) NOT NULL CHECK (fte > 0 AND fte <= 1),
    hired_on date NOT NULL,
    left_on date,
    CHECK (left_on > hired_on)
);

CREATE TABLE patients (
    id INTEGER PRIMARY KEY,
    record_no char(8) NOT NULL UNIQUE,
    first_name varchar(60) NOT NULL,
    last_name varchar(60) NOT NULL,
    birth_date date NOT NULL,
    sex char(1) NOT NULL CHECK (sex IN ('f', 'm', 'x')),
    blood_group varchar(3) CHECK (blood_group IN ('0+', '0-', 'A+', 'A-', 'B+', 'B-', 'AB+', 'AB-')),
    phone varchar(30),
    email varchar(120),
    insurer varchar(40),
    deceased_on date,
    CHECK (deceased_on >= birth_date)
);

CREATE TABLE patient_records (
    patient_id integer PRIMARY KEY REFERENCES patients (id) ON DELETE CASCADE,
    height_cm smallint CHECK (height_cm BETWEEN 30 AND 250),
    weight_kg numeric(5, 1) CHECK (weight_kg > 0),
    smoker boolean NOT NULL,
    remarks text
);

CREATE TABLE appointments (
    id INTEGER PRIMARY KEY,
    patient_id integer NOT NULL REFERENCES patients (id),
    doctor_id integer NOT NULL REFERENCES doctors (id),
    starts_at timestamp NOT NULL,
    minutes smallint NOT NULL CHECK (minutes IN (10, 15, 20, 30, 45, 60)),
    status TEXT NOT NULL CHECK (status IN ('booked', 'kept', 'missed', 'cancelled')),
    room varchar(6),
    reason varchar(200),
    UNIQUE (doctor_id, starts_at)
);
CREATE INDEX appointments_patient ON appointments (patient_id);

CREATE TABLE appointment_diagnoses (
    appointment_id bigint NOT NULL REFERENCES appointments (id) ON DELETE CASCADE,
    diagnosis_code varchar(7) NOT NULL REFERENCES diagnoses (code),
    certain boolean NOT NULL,
    PRIMARY KEY (appointment_id, diagnosis_code)
);

CREATE TABLE prescriptions (
    id INTEGER PRIMARY KEY,
    appointment_id bigint NOT NULL REFERENCES appointments (id),
    drug varchar(60) NOT NULL,
    dose_mg numeric(8, 2) NOT NULL CHECK (dose_mg > 0),
    per_day smallint NOT NULL CHECK (per_day BETWEEN 1 AND 8),
    starts_on date NOT NULL,
    ends_on date,
    repeats smallint NOT NULL DEFAULT 0 CHECK (repeats BETWEEN 0 AND 11),
    CHECK (ends_on >= starts_on)
);
CREATE INDEX prescriptions_appointment ON prescriptions (appointment_id);
