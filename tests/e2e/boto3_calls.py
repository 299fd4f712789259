"""Puts a file with boto3, as an application would: whole, in parts, and by a URL that boto3 signed;
begins another upload and aborts it. The credentials come from the environment. Run by
s3_clients_test.py with each Python on this machine that has boto3.

Usage: boto3_calls.py ENDPOINT BUCKET PREFIX SMALL LARGE [CA]
"""

import sys
import urllib.request

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config


def main(endpoint, bucket, prefix, small, large, authority=None):
    client = boto3.client("s3", endpoint_url=endpoint, verify=authority,
                          config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1},
                                        signature_version="s3v4"))
    with open(small, "rb") as body:
        client.put_object(Bucket=bucket, Key=f"{prefix}00000.mp4", Body=body,
                          ContentType="video/mp4")
    client.upload_file(large, bucket, f"{prefix}00001.mp4",
                       Config=TransferConfig(multipart_threshold=5 << 20,
                                             multipart_chunksize=5 << 20))
    if authority is None:
        url = client.generate_presigned_url(
            "put_object", {"Bucket": bucket, "Key": f"{prefix}00002.mp4"}, ExpiresIn=60)
        with open(small, "rb") as body:
            call = urllib.request.Request(url, body.read(), method="PUT")
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(call, timeout=30)
    upload = client.create_multipart_upload(Bucket=bucket, Key=f"{prefix}00003.mp4")["UploadId"]
    client.upload_part(Bucket=bucket, Key=f"{prefix}00003.mp4", UploadId=upload, PartNumber=1,
                       Body=b"never completed")
    client.abort_multipart_upload(Bucket=bucket, Key=f"{prefix}00003.mp4", UploadId=upload)


main(*sys.argv[1:])
