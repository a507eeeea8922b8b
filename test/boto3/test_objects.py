import http.client
import io
import os
import urllib.error
import urllib.parse
import urllib.request

import pytest
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

MEBIBYTE = 2**20


def test_a_large_object_goes_in_parts(client, bucket):
    objects = client("s3")
    frame = os.urandom(12 * MEBIBYTE)
    parts = TransferConfig(multipart_threshold=5 * MEBIBYTE, multipart_chunksize=5 * MEBIBYTE)
    objects.upload_fileobj(io.BytesIO(frame), bucket, "frame.fits", Config=parts)
    described = objects.head_object(Bucket=bucket, Key="frame.fits")
    assert described["ContentLength"] == len(frame)
    # Three parts: the tag of an object in parts ends with their number.
    assert described["ETag"].endswith('-3"')
    read = io.BytesIO()
    objects.download_fileobj(bucket, "frame.fits", read, Config=parts)
    assert read.getvalue() == frame
    middle = objects.get_object(Bucket=bucket, Key="frame.fits", Range="bytes=5242870-5242889")
    assert middle["Body"].read() == frame[5242870:5242890]


def test_an_upload_is_given_up(client, bucket):
    objects = client("s3")
    upload = objects.create_multipart_upload(Bucket=bucket, Key="half")["UploadId"]
    objects.upload_part(Bucket=bucket, Key="half", UploadId=upload, PartNumber=1, Body=b"light")
    assert [each["PartNumber"] for each in objects.list_parts(Bucket=bucket, Key="half", UploadId=upload)["Parts"]] == [1]
    assert [each["UploadId"] for each in objects.list_multipart_uploads(Bucket=bucket)["Uploads"]] == [upload]
    objects.abort_multipart_upload(Bucket=bucket, Key="half", UploadId=upload)
    with pytest.raises(objects.exceptions.NoSuchUpload):
        objects.upload_part(Bucket=bucket, Key="half", UploadId=upload, PartNumber=2, Body=b"light")


def put_by_address(address, body):
    """Sends a body and no type of it, which a signature of version 2 would have to know."""
    parts = urllib.parse.urlsplit(address)
    connection = http.client.HTTPConnection(parts.netloc)
    connection.request("PUT", f"{parts.path}?{parts.query}", body)
    return connection.getresponse().status


@pytest.mark.parametrize("options", [{}, {"signature_version": "s3v4"}], ids=["default", "s3v4"])
def test_addresses_that_carry_their_permission(client, bucket, options):
    objects = client("s3", **options)
    key = "a frame+1.fits"
    put = objects.generate_presigned_url("put_object", {"Bucket": bucket, "Key": key}, ExpiresIn=60)
    assert put_by_address(put, b"light") == 200
    get = objects.generate_presigned_url("get_object", {"Bucket": bucket, "Key": key}, ExpiresIn=60)
    assert urllib.request.urlopen(get).read() == b"light"
    late = objects.generate_presigned_url("get_object", {"Bucket": bucket, "Key": key}, ExpiresIn=-10)
    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(late)
    assert refusal.value.code in (400, 403)


def test_objects_page_by_page(client, bucket):
    objects = client("s3")
    keys = sorted(f"nights/{night}/frame {frame}.fits" for night in range(3) for frame in range(4))
    for key in keys:
        objects.put_object(Bucket=bucket, Key=key, Body=b"")
    paginator = objects.get_paginator("list_objects_v2")
    pages = list(paginator.paginate(Bucket=bucket, PaginationConfig={"PageSize": 5}))
    assert len(pages) == 3
    assert [each["Key"] for page in pages for each in page["Contents"]] == keys
    nights = paginator.paginate(Bucket=bucket, Prefix="nights/", Delimiter="/")
    assert [each["Prefix"] for page in nights for each in page["CommonPrefixes"]] == [
        f"nights/{night}/" for night in range(3)
    ]
    deleted = objects.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key} for key in keys]})
    assert sorted(each["Key"] for each in deleted["Deleted"]) == keys


def test_what_is_refused(client, bucket):
    objects = client("s3")
    with pytest.raises(objects.exceptions.NoSuchKey):
        objects.get_object(Bucket=bucket, Key="absent")
    with pytest.raises(objects.exceptions.NoSuchBucket):
        objects.list_objects_v2(Bucket="absent-bucket")
    with pytest.raises(ClientError) as refusal:
        objects.head_object(Bucket=bucket, Key="absent")
    assert refusal.value.response["Error"]["Code"] == "404"
    objects.put_object(Bucket=bucket, Key="there", Body=b"light")
    with pytest.raises(ClientError) as refusal:
        objects.put_object(Bucket=bucket, Key="there", Body=b"dark", IfNoneMatch="*")
    assert refusal.value.response["Error"]["Code"] == "PreconditionFailed"
    with pytest.raises(ClientError) as refusal:
        objects.delete_bucket(Bucket=bucket)
    assert refusal.value.response["Error"]["Code"] == "BucketNotEmpty"
