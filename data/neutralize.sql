-- a copy of a database may neither send, nor refresh, nor receive
UPDATE mobilepay_connection
   SET state = 'not_connected',
       callback_registered_on = NULL,
       environment = CASE environment
           WHEN 'production_dk' THEN 'sandbox_dk'
           WHEN 'production_fi' THEN 'sandbox_fi'
           ELSE environment
       END,
       callback_path = 'neutralized-' || id || '-' || md5(random()::text);
DELETE FROM mobilepay_token;
DELETE FROM mobilepay_secret;
DELETE FROM mobilepay_login;
