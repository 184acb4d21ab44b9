"""The examples in PyMC: a function a model, called inside `pm.Model()` with the example's data."""

import numpy as np
import pymc as pm
import pytensor.tensor as pt


def GLMM_Poisson(data):
    t = np.asarray(data["year"])
    alpha = pm.Uniform("alpha", -20, 20)
    beta1 = pm.Uniform("beta1", -10, 10)
    beta2 = pm.Uniform("beta2", -10, 10)
    beta3 = pm.Uniform("beta3", -10, 10)
    sigma = pm.Uniform("sigma", 0, 5)
    z = pm.Normal("z", 0, 1, shape=len(t))
    eps = pm.Deterministic("eps", sigma * z)
    trend = alpha + beta1 * t + beta2 * t**2 + beta3 * t**3
    pm.Poisson("C", mu=pt.exp(trend + eps), observed=data["C"])


def eight_schools_centered(data):
    mu = pm.Normal("mu", 0, 5)
    tau = pm.HalfCauchy("tau", 5)
    theta = pm.Normal("theta", mu, tau, shape=len(data["y"]))
    pm.Normal("y", theta, np.asarray(data["sigma"], dtype=float), observed=data["y"])


def eight_schools_noncentered(data):
    mu = pm.Normal("mu", 0, 5)
    tau = pm.HalfCauchy("tau", 5)
    z = pm.Normal("z", 0, 1, shape=len(data["y"]))
    theta = pm.Deterministic("theta", mu + tau * z)
    pm.Normal("y", theta, np.asarray(data["sigma"], dtype=float), observed=data["y"])


def gp_regr(data):
    x = np.asarray(data["x"], dtype=float)
    squared_distance = (x[:, None] - x[None, :]) ** 2
    rho = pm.Gamma("rho", alpha=25, beta=4)
    alpha = pm.HalfNormal("alpha", 2)
    sigma = pm.HalfNormal("sigma", 1)
    # As in the published model the noise on the diagonal is sigma, not its square.
    covariance = alpha**2 * pt.exp(-squared_distance / (2 * rho**2)) + sigma * np.eye(len(x))
    pm.MvNormal("y", np.zeros(len(x)), cov=covariance, observed=data["y"])


def irt_2pl(data):
    y = np.asarray(data["y"])
    items, persons = y.shape
    sigma_theta = pm.HalfCauchy("sigma_theta", 2)
    sigma_a = pm.HalfCauchy("sigma_a", 2)
    sigma_b = pm.HalfCauchy("sigma_b", 2)
    mu_b = pm.Normal("mu_b", 0, 5)
    theta = pm.Normal("theta", 0, sigma_theta, shape=persons)
    a = pm.LogNormal("a", 0, sigma_a, shape=items)
    b = pm.Normal("b", mu_b, sigma_b, shape=items)
    pm.Bernoulli("y", logit_p=a[:, None] * (theta[None, :] - b[:, None]), observed=y)


def kidscore_interaction(data):
    mom_hs, mom_iq = np.asarray(data["mom_hs"]), np.asarray(data["mom_iq"])
    beta = pm.Flat("beta", shape=4)
    sigma = pm.HalfCauchy("sigma", 2.5)
    mean = beta[0] + beta[1] * mom_hs + beta[2] * mom_iq + beta[3] * (mom_hs * mom_iq)
    pm.Normal("kid_score", mean, sigma, observed=data["kid_score"])


def logmesquite_logvash(data):
    column = {name: np.asarray(values, dtype=float) for name, values in data.items()}
    volume = np.log(column["diam1"] * column["diam2"] * column["canopy_height"])
    area = np.log(column["diam1"] * column["diam2"])
    shape = np.log(column["diam1"] / column["diam2"])
    beta = pm.Flat("beta", shape=6)
    sigma = pm.HalfFlat("sigma")
    mean = (
        beta[0] + beta[1] * volume + beta[2] * area + beta[3] * shape
        + beta[4] * np.log(column["total_height"]) + beta[5] * column["group"]
    )
    pm.Normal("log_weight", mean, sigma, observed=np.log(column["weight"]))


def radon_mn_varying(data):
    county = np.asarray(data["county_idx"]) - 1
    mu_alpha = pm.Normal("mu_alpha", 0, 10)
    mu_beta = pm.Normal("mu_beta", 0, 10)
    sigma_alpha = pm.HalfNormal("sigma_alpha", 1)
    sigma_beta = pm.HalfNormal("sigma_beta", 1)
    sigma_y = pm.HalfNormal("sigma_y", 1)
    z_alpha = pm.Normal("z_alpha", 0, 1, shape=data["J"])
    z_beta = pm.Normal("z_beta", 0, 1, shape=data["J"])
    alpha = pm.Deterministic("alpha", mu_alpha + sigma_alpha * z_alpha)
    beta = pm.Deterministic("beta", mu_beta + sigma_beta * z_beta)
    mean = alpha[county] + beta[county] * np.asarray(data["floor_measure"])
    pm.Normal("log_radon", mean, sigma_y, observed=data["log_radon"])


def surgical(data):
    mu = pm.Normal("mu", 0, 1000)
    sigmasq = pm.InverseGamma("sigmasq", alpha=0.001, beta=0.001)
    sigma = pm.Deterministic("sigma", pt.sqrt(sigmasq))
    b = pm.Normal("b", mu, sigma, shape=len(data["n"]))
    pm.Binomial("r", n=data["n"], logit_p=b, observed=data["r"])
    pm.Deterministic("pop_mean", pm.math.invlogit(mu))
