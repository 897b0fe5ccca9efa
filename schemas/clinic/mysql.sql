-- A clinic: departments and their doctors (each department has a head, each doctor a department: a cycle), patients
-- with one record each, appointments with diagnoses, prescriptions.

CREATE TABLE diagnoses (
    code varchar(7) PRIMARY KEY,
    title varchar(80) NOT NULL UNIQUE,
    chapter varchar(40) NOT NULL
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4;

CREATE TABLE departments (
    id smallint AUTO_INCREMENT PRIMARY KEY,
    code char(4) NOT NULL UNIQUE,
    name varchar(60) NOT NULL,
    beds smallint NOT NULL CHECK (beds >= 0),
    head_doctor_id int UNIQUE
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4;

CREATE TABLE doctors (
    id int AUTO_INCREMENT PRIMARY KEY,
    department_id smallint NOT NULL,
    supervisor_id int,
    staff_no varchar(8) NOT NULL UNIQUE,
    first_name varchar(60) NOT NULL,
    last_name varchar(60) NOT NULL,
    email varchar(120) NOT NULL UNIQUE,
    fte decimal(3, 2) NOT NULL CHECK (fte > 0 AND fte <= 1),
    hired_on date NOT NULL,
    left_on date,
    CHECK (left_on > hired_on),
    FOREIGN KEY (department_id) REFERENCES departments (id),
    FOREIGN KEY (supervisor_id) REFERENCES doctors (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4;
ALTER TABLE departments ADD CONSTRAINT departments_head FOREIGN KEY (head_doctor_id) REFERENCES doctors (id);

CREATE TABLE patients (
    id int AUTO_INCREMENT PRIMARY KEY,
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
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4;

CREATE TABLE patient_records (
    patient_id int PRIMARY KEY,
    height_cm smallint CHECK (height_cm BETWEEN 30 AND 250),
    weight_kg decimal(5, 1) CHECK (weight_kg > 0),
    smoker boolean NOT NULL,
    remarks text,
    FOREIGN KEY (patient_id) REFERENCES patients (id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4;

CREATE TABLE appointments (
    id bigint AUTO_INCREMENT PRIMARY KEY,
    patient_id int NOT NULL,
    doctor_id int NOT NULL,
    starts_at datetime NOT NULL,
    minutes smallint NOT NULL CHECK (minutes IN (10, 15, 20, 30, 45, 60)),
    status enum ('booked', 'kept', 'missed', 'cancelled') NOT NULL,
    room varchar(6),
    reason varchar(200),
    UNIQUE (doctor_id, starts_at),
    FOREIGN KEY (patient_id) REFERENCES patients (id),
    FOREIGN KEY (doctor_id) REFERENCES doctors (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4;

CREATE TABLE appointment_diagnoses (
    appointment_id bigint NOT NULL,
    diagnosis_code varchar(7) NOT NULL,
    certain boolean NOT NULL,
    PRIMARY KEY (appointment_id, diagnosis_code),
    FOREIGN KEY (appointment_id) REFERENCES appointments (id) ON DELETE CASCADE,
    FOREIGN KEY (diagnosis_code) REFERENCES diagnoses (code)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4;

CREATE TABLE prescriptions (
    id bigint AUTO_INCREMENT PRIMARY KEY,
    appointment_id bigint NOT NULL,
    drug varchar(60) NOT NULL,
    dose_mg decimal(8, 2) NOT NULL CHECK (dose_mg > 0),
    per_day smallint NOT NULL CHECK (per_day BETWEEN 1 AND 8),
    starts_on date NOT NULL,
    ends_on date,
    repeats smallint NOT NULL DEFAULT 0 CHECK (repeats BETWEEN 0 AND 11),
    CHECK (ends_on >= starts_on),
    FOREIGN KEY (appointment_id) REFERENCES appointments (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4;
