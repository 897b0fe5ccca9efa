-- A shop: customers with addresses, a tree of categories, products, orders with lines, payments and reviews.

CREATE TABLE countries (
    code char(2) PRIMARY KEY,
    name varchar(60) NOT NULL UNIQUE,
    currency char(3) NOT NULL
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4;

CREATE TABLE categories (
    id int AUTO_INCREMENT PRIMARY KEY,
    parent_id int,
    name varchar(60) NOT NULL,
    slug varchar(80) NOT NULL UNIQUE,
    -- The other dialects also say CHECK (parent_id <> id); a CHECK over an AUTO_INCREMENT column is refused here.
    FOREIGN KEY (parent_id) REFERENCES categories (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4;

CREATE TABLE customers (
    id int AUTO_INCREMENT PRIMARY KEY,
    email varchar(120) NOT NULL UNIQUE,
    first_name varchar(60) NOT NULL,
    last_name varchar(60) NOT NULL,
    phone varchar(30),
    country_code char(2) NOT NULL,
    tier enum ('bronze', 'silver', 'gold') NOT NULL DEFAULT 'bronze',
    birth_date date,
    newsletter boolean NOT NULL DEFAULT false,
    signed_up_at datetime NOT NULL,
    preferences json,
    FOREIGN KEY (country_code) REFERENCES countries (code)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4;

CREATE TABLE addresses (
    id int AUTO_INCREMENT PRIMARY KEY,
    customer_id int NOT NULL,
    label varchar(20) NOT NULL CHECK (label IN ('home', 'work', 'other')),
    street varchar(120) NOT NULL,
    city varchar(80) NOT NULL,
    postcode varchar(12) NOT NULL,
    country_code char(2) NOT NULL,
    UNIQUE (customer_id, label),
    FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE CASCADE,
    FOREIGN KEY (country_code) REFERENCES countries (code)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4;

CREATE TABLE products (
    id int AUTO_INCREMENT PRIMARY KEY,
    category_id int NOT NULL,
    sku varchar(16) NOT NULL UNIQUE,
    name varchar(120) NOT NULL,
    price decimal(10, 2) NOT NULL CHECK (price > 0),
    cost decimal(10, 2) NOT NULL,
    weight_grams int CHECK (weight_grams > 0),
    active boolean NOT NULL DEFAULT true,
    launched_on date NOT NULL,
    CHECK (cost <= price),
    FOREIGN KEY (category_id) REFERENCES categories (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4;

CREATE TABLE orders (
    id int AUTO_INCREMENT PRIMARY KEY,
    customer_id int NOT NULL,
    shipping_address_id int,
    status enum ('placed', 'paid', 'shipped', 'delivered', 'cancelled', 'returned') NOT NULL,
    channel varchar(10) NOT NULL CHECK (channel IN ('web', 'app', 'phone', 'store')),
    placed_at datetime NOT NULL,
    shipped_at datetime,
    shipping_fee decimal(8, 2) NOT NULL DEFAULT 0 CHECK (shipping_fee >= 0),
    coupon varchar(20),
    CHECK (shipped_at IS NULL OR shipped_at >= placed_at),
    FOREIGN KEY (customer_id) REFERENCES customers (id),
    FOREIGN KEY (shipping_address_id) REFERENCES addresses (id) ON DELETE SET NULL
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4;
CREATE INDEX orders_placed ON orders (placed_at);

CREATE TABLE order_lines (
    order_id int NOT NULL,
    line_no smallint NOT NULL,
    product_id int NOT NULL,
    quantity smallint NOT NULL CHECK (quantity BETWEEN 1 AND 50),
    unit_price decimal(10, 2) NOT NULL CHECK (unit_price >= 0),
    discount_percent smallint NOT NULL DEFAULT 0 CHECK (discount_percent BETWEEN 0 AND 90),
    PRIMARY KEY (order_id, line_no),
    FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE CASCADE,
    FOREIGN KEY (product_id) REFERENCES products (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4;

CREATE TABLE payments (
    id int AUTO_INCREMENT PRIMARY KEY,
    order_id int NOT NULL,
    method varchar(12) NOT NULL CHECK (method IN ('card', 'invoice', 'transfer', 'voucher')),
    amount decimal(10, 2) NOT NULL CHECK (amount > 0),
    paid_at datetime NOT NULL,
    reference varchar(24) NOT NULL UNIQUE,
    FOREIGN KEY (order_id) REFERENCES orders (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4;

CREATE TABLE reviews (
    id int AUTO_INCREMENT PRIMARY KEY,
    product_id int NOT NULL,
    customer_id int NOT NULL,
    rating smallint NOT NULL CHECK (rating BETWEEN 1 AND 5),
    title varchar(80),
    body text,
    written_at datetime NOT NULL,
    UNIQUE (product_id, customer_id),
    FOREIGN KEY (product_id) REFERENCES products (id),
    FOREIGN KEY (customer_id) REFERENCES customers (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4;
