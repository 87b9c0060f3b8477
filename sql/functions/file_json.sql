-- A file, as it is shown: File of queues/answers.def. No query stands in it: see ticket_json.sql.
create or replace function file_json(f files) returns jsonb
language sql stable as $$
	select jsonb_build_object('id', f.id, 'fileId', f.id, 'name', f.name, 'originalName', f.name, 'fileName', f.name,
		'storedName', regexp_replace(file_key(f), '^.*/', ''),
		'filePath', file_bucket(f) || '/' || file_key(f), 'bucketName', file_bucket(f),
		'size', coalesce((f.picture ->> 'preview')::bigint, f.size), 'originalSize', f.size, 'fileSize', f.size,
		'mimeType', f.mime_type, 'fileHash', encode(f.sha256, 'hex'), 'purpose', f.purpose, 'ticketId', f.ticket_id,
		'commentId', f.comment_id, 'uploadedBy', f.uploaded_by, 'description', f.description, 'isPublic', f.is_public,
		'isDeleted', f.deleted_at is not null, 'deletedAt', f.deleted_at)
		|| jsonb_build_object('virusScanned', f.scanned_at is not null and coalesce(f.scan_engine <> 'none', true),
		'virusStatus', case when f.scan_engine = 'none' then 'skipped' else f.scan_state end, 'scanState', f.scan_state,
		'scannedAt', f.scanned_at, 'version', f.version, 'createdAt', f.created_at, 'updatedAt', f.updated_at,
		'url', '/api/v1/files/' || f.id || '/download', 'downloadUrl', '/api/v1/files/' || f.id || '/download',
		'previewUrl', case when f.picture is not null then '/api/v1/files/' || f.id || '/preview' end)
$$;
