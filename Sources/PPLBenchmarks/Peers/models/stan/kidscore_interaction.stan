data {
  int<lower=1> N;
  vector[N] kid_score;
  vector<lower=0, upper=1>[N] mom_hs;
  vector[N] mom_iq;
}
transformed data {
  vector[N] mom_hs_iq = mom_hs .* mom_iq;
}
parameters {
  vector[4] beta;
  real<lower=0> sigma;
}
model {
  sigma ~ cauchy(0, 2.5);
  kid_score ~ normal(beta[1] + beta[2] * mom_hs + beta[3] * mom_iq + beta[4] * mom_hs_iq, sigma);
}
