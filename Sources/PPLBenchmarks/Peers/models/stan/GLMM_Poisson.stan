data {
  int<lower=1> n;
  vector[n] year;
  array[n] int<lower=0> C;
}
transformed data {
  vector[n] year2 = year .* year;
  vector[n] year3 = year2 .* year;
}
parameters {
  real<lower=-20, upper=20> alpha;
  real<lower=-10, upper=10> beta1;
  real<lower=-10, upper=10> beta2;
  real<lower=-10, upper=10> beta3;
  real<lower=0, upper=5> sigma;
  vector[n] z;
}
transformed parameters {
  vector[n] eps = sigma * z;
}
model {
  z ~ std_normal();
  C ~ poisson_log(alpha + beta1 * year + beta2 * year2 + beta3 * year3 + eps);
}
