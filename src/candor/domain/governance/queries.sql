-- name: vendors
-- Returns all vendors by their name, those off-boarded at the end.
SELECT
    vendor_id, code, name, country, transfer, contact, contract, contract_until, added_by, added_at,
    ended_at
FROM governance.vendor
ORDER BY ended_at IS NOT NULL, name, vendor_id

-- name: vendor
-- Returns a vendor; nothing when there is none.
SELECT
    vendor_id, code, name, country, transfer, contact, contract, contract_until, added_by, added_at,
    ended_at
FROM governance.vendor
WHERE vendor_id = %(vendor_id)s::uuid

-- name: vendor_by_code
-- Returns the vendor with a code; nothing when there is none.
SELECT
    vendor_id, code, name, country, transfer, contact, contract, contract_until, added_by, added_at,
    ended_at
FROM governance.vendor
WHERE code = %(code)s::text

-- name: lock_vendor
-- Locks a vendor for a change, and returns it.
SELECT
    vendor_id, code, name, country, transfer, contact, contract, contract_until, added_by, added_at,
    ended_at
FROM governance.vendor
WHERE vendor_id = %(vendor_id)s::uuid
FOR UPDATE

-- name: certificates
-- Returns the certificates of these vendors, by their name.
SELECT vendor_id, name, valid_until, is_required
FROM governance.vendor_certificate
WHERE vendor_id = ANY(%(vendor_ids)s::uuid[])
ORDER BY vendor_id, name

-- name: insert_vendor
-- Writes a vendor.
INSERT INTO governance.vendor (
    vendor_id, code, name, country, transfer, contact, contract, contract_until, added_by, added_at
)
VALUES (
    %(vendor_id)s::uuid, %(code)s::text, %(name)s::text, %(country)s::text, %(transfer)s::text,
    %(contact)s::text, %(contract)s::text, %(contract_until)s::date, %(added_by)s::text,
    %(at)s::timestamptz
)

-- name: change_vendor
-- Writes a vendor's record anew.
UPDATE governance.vendor
SET
    name = %(name)s::text,
    country = %(country)s::text,
    transfer = %(transfer)s::text,
    contact = %(contact)s::text,
    contract = %(contract)s::text,
    contract_until = %(contract_until)s::date
WHERE vendor_id = %(vendor_id)s::uuid

-- name: end_vendor
-- Off-boards a vendor, once.
UPDATE governance.vendor
SET ended_at = %(at)s::timestamptz
WHERE vendor_id = %(vendor_id)s::uuid AND ended_at IS NULL

-- name: put_certificate
-- Writes a certificate, or writes it anew.
INSERT INTO governance.vendor_certificate (vendor_id, name, valid_until, is_required)
VALUES (%(vendor_id)s::uuid, %(name)s::text, %(valid_until)s::date, %(is_required)s::boolean)
ON CONFLICT (vendor_id, name) DO UPDATE
SET valid_until = excluded.valid_until, is_required = excluded.is_required

-- name: drop_certificate
-- Takes a certificate out of a vendor's record.
DELETE FROM governance.vendor_certificate
WHERE vendor_id = %(vendor_id)s::uuid AND name = %(name)s::text
