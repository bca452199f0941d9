-- Whose personal data a memory is, for legal holds.
ALTER TABLE memories ADD COLUMN subject TEXT;

-- What is remembered about these stays. `body` is the hold's JSON.
CREATE TABLE memory_holds (
    tenant TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (tenant, subject)
) STRICT, WITHOUT ROWID;

-- The ranking knows of trust, quarantine and use too, so a block holds fewer, larger cards: builds the index again.
DELETE FROM facts WHERE name = 'tokenizer';
