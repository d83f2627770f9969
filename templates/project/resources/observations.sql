create table if not exists observations (
    station text not null,
    observed_at timestamptz not null,
    temperature double precision,
    wind_speed double precision,
    primary key (station, observed_at)
)
