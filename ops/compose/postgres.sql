-- postgres.sql - run once, when the container makes its database: who owns Guichet's.
-- The owner is no superuser and makes no roles; those of the programs are made by guichetctl roles.
\getenv password OWNER_PASSWORD
CREATE ROLE guichet LOGIN PASSWORD :'password';
CREATE DATABASE guichet OWNER guichet;
