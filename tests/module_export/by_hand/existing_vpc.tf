# A platform in a VPC, with a certificate and a sign-in secret, that the same apply creates: none of their ids is known before.
provider "aws" {
  region            = "us-east-1"
  s3_use_path_style = true
}

resource "aws_vpc" "shared" {
  cidr_block = "10.60.0.0/16"
}

resource "aws_subnet" "public" {
  count             = 2
  vpc_id            = aws_vpc.shared.id
  cidr_block        = "10.60.${count.index}.0/24"
  availability_zone = ["us-east-1a", "us-east-1b"][count.index]
}

resource "aws_subnet" "private" {
  count             = 2
  vpc_id            = aws_vpc.shared.id
  cidr_block        = "10.60.${count.index + 10}.0/24"
  availability_zone = ["us-east-1a", "us-east-1b"][count.index]
}

resource "aws_acm_certificate" "airflow" {
  domain_name       = "airflow.example.org"
  validation_method = "DNS"
}

resource "aws_secretsmanager_secret" "sign_in" {
  name = "sign-in"
}

module "airflow" {
  source = "./terraform/platform"

  environment = "shared"
  existing_vpc = {
    vpc_id             = aws_vpc.shared.id
    cidr               = aws_vpc.shared.cidr_block
    public_subnet_ids  = aws_subnet.public[*].id
    private_subnet_ids = aws_subnet.private[*].id
  }
  allowed_cidrs   = ["198.51.100.0/24"]
  certificate_arn = aws_acm_certificate.airflow.arn
  domain          = "airflow.example.org"

  sign_in = {
    provider          = "google"
    client_id         = "airflow"
    client_secret_arn = aws_secretsmanager_secret.sign_in.arn
    allowed_domains   = ["example.org"]
  }
}
