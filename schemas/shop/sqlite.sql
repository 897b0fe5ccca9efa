-- A shop: customers with addresses, a tree of categories, products, orders with lines, payments and reviews.

CREATE TABLE countries (
    code char(2) PRIMARY KEY,
    name varchar(60) NOT NULL UNIQUE,
    currency char(3) NOT NULL
);

CREATE TABLE categories (
    id INTEGER PRIMARY KEY,
    parent_id integer REFERENCES categories (id),
    name varchar(60) NOT NULL,
    slug varchar(80) NOT NULL UNIQUE,
    CHECK (parent_id <> id)
);

CREATE TABLE customers (
    id INTEGER PRIMARY KEY,
    email varchar(120) NOT NULL UNIQUE,
    first_name varchar(60) NOT NULL,
    last_name varchar(60) NOT NULL,
    phone varchar(30),
    country_code char(2) NOT NULL REFERENCES countries (code),
    tier TEXT NOT NULL DEFAULT 'bronze' CHECK (tier IN ('bronze', 'silver', 'gold')),
    birth_date date,
    newsletter boolean NOT NULL DEFAULT 0,
    signed_up_at timestamp NOT NULL,
    preferences TEXT
);

CREATE TABLE addresses (
    id INTEGER PRIMARY KEY,
    customer_id integer NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    label varchar(20) NOT NULL CHECK (label IN ('home', 'work', 'other')),
    street varchar(120) NOT NULL,
    city varchar(80) NOT NULL,
    postcode varchar(12) NOT NULL,
    country_code char(2) NOT NULL REFERENCES countries (code),
    UNIQUE (customer_id, label)
);

CREATE TABLE products (
    id INTEGER PRIMARY KEY,
    category_id integer NOT NULL REFERENCES categories (id),
    sku varchar(16) NOT NULL UNIQUE,
    name varchar(120) NOT NULL,
    price numeric(10, 2) NOT NULL CHECK (price > 0),
    cost numeric(10, 2) NOT NULL,
    weight_grams integer CHECK (weight_grams > 0),
    active boolean NOT NULL DEFAULT 1,
    launched_on date NOT NULL,
    CHECK (cost <= price)
);

CREATE TABLE orders (
    id INTEGER PRIMARY KEY,
    customer_id integer NOT NULL REFERENCES customers (id),
    shipping_address_id integer REFERENCES addresses (id) ON DELETE SET NULL,
    status TEXT NOT NULL CHECK (status IN ('placed', 'paid', 'shipped', 'delivered', 'cancelled', 'returned')),
    channel varchar(10) NOT NULL CHECK (channel IN ('web', 'app', 'phone', 'store')),
    placed_at timestamp NOT NULL,
    shipped_at timestamp,
    shipping_fee numeric(8, 2) NOT NULL DEFAULT 0 CHECK (shipping_fee >= 0),
    coupon varchar(20),
    CHECK (shipped_at IS NULL OR shipped_at >= placed_at)
);
CREATE INDEX orders_customer ON orders (customer_id);
CREATE INDEX orders_placed ON orders (placed_at);

CREATE TABLE order_lines (
    order_id integer NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
    line_no smallint NOT NULL,
    product_id integer NOT NULL REFERENCES products (id),
    quantity smallint NOT NULL CHECK (quantity BETWEEN 1 AND 50),
    unit_price numeric(10, 2) NOT NULL CHECK (unit_price >= 0),
    discount_percent smallint NOT NULL DEFAULT 0 CHECK (discount_percent BETWEEN 0 AND 90),
    PRIMARY KEY (order_id, line_no)
);
CREATE INDEX order_lines_product ON order_lines (product_id);

CREATE TABLE payments (
    id INTEGER PRIMARY KEY,
    order_id integer NOT NULL REFERENCES orders (id),
    method varchar(12) NOT NULL CHECK (method IN ('card', 'invoice', 'transfer', 'voucher')),
    amount numeric(10, 2) NOT NULL CHECK (amount > 0),
    paid_at timestamp NOT NULL,
    reference varchar(24) NOT NULL UNIQUE
);

CREATE TABLE reviews (
    id INTEGER PRIMARY KEY,
    product_id integer NOT NULL REFERENCES products (id),
    customer_id integer NOT NULL REFERENCES customers (id),
    rating smallint NOT NULL CHECK (rating BETWEEN 1 AND 5),
    title varchar(80),
    body text,
    written_at timestamp NOT NULL,
    UNIQUE (product_id, customer_id)
);
