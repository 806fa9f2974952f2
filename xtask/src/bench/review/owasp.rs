//! The score of an OWASP Benchmark: of each category the share of real flaws that are found, less the share of safe cases
//! that are called flawed. A finding counts in the file of its case, with exactly the category's weakness class.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::signed;

/// What became of the cases of a category.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Score {
    real: u32,
    found: u32,
    safe: u32,
    alarms: u32,
}

impl Score {
    fn rates(&self) -> (f64, f64) {
        let share = |part: u32, whole: u32| f64::from(part) / f64::from(whole.max(1));
        (share(self.found, self.real), share(self.alarms, self.safe))
    }

    /// The share found less the share of false alarms.
    pub(super) fn youden(&self) -> f64 {
        let (found, alarms) = self.rates();
        found - alarms
    }

    pub(super) fn cells(&self, category: &str) -> [String; 6] {
        let (found, alarms) = self.rates();
        [
            category.to_owned(),
            self.real.to_string(),
            format!("{found:.3}"),
            self.safe.to_string(),
            format!("{alarms:.3}"),
            signed(self.youden()),
        ]
    }
}

/// The score of each category, of a list of cases (`name, category, is real, weakness class`) and findings as SARIF.
pub(super) fn scores(expected: &str, sarif: &Value) -> BTreeMap<String, Score> {
    let found = classes_by_case(sarif);
    let mut scores: BTreeMap<String, Score> = BTreeMap::new();
    for row in expected.lines().filter(|row| !row.starts_with('#')) {
        let cells: Vec<&str> = row.split(',').map(str::trim).collect();
        let [name, category, is_real, class, ..] = cells.as_slice() else { continue };
        let Ok(class) = class.parse::<u32>() else { continue };
        let hit = u32::from(found.get(*name).is_some_and(|classes| classes.contains(&class)));
        let score = scores.entry((*category).to_owned()).or_default();
        if *is_real == "true" {
            score.real += 1;
            score.found += hit;
        } else {
            score.safe += 1;
            score.alarms += hit;
        }
    }
    scores
}

/// The weakness classes that are found in each case, by the name of its file.
fn classes_by_case(sarif: &Value) -> BTreeMap<String, BTreeSet<u32>> {
    let mut found: BTreeMap<String, BTreeSet<u32>> = BTreeMap::new();
    for run in sarif["runs"].as_array().into_iter().flatten() {
        let rules = run["tool"]["driver"]["rules"].as_array().into_iter().flatten();
        let classes: BTreeMap<&str, Vec<u32>> =
            rules.filter_map(|rule| Some((rule["id"].as_str()?, classes(rule)))).collect();
        for result in run["results"].as_array().into_iter().flatten() {
            let uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str();
            let name = uri.and_then(|uri| uri.rsplit('/').next()).unwrap_or_default();
            let case = name.split('.').next().unwrap_or_default().to_owned();
            let rule = result["ruleId"].as_str().unwrap_or_default();
            found.entry(case).or_default().extend(classes.get(rule).into_iter().flatten());
        }
    }
    found
}

fn classes(rule: &Value) -> Vec<u32> {
    let tags = rule["properties"]["tags"].as_array().into_iter().flatten().filter_map(Value::as_str);
    tags.filter_map(|tag| tag.strip_prefix("external/cwe/cwe-")?.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_finding_counts_with_the_exact_class_in_the_file_of_its_case() {
        let at =
            |file: &str| json!([{"physicalLocation": {"artifactLocation": {"uri": format!("src/{file}")}}}]);
        let sarif = json!({"runs": [{
            "tool": {"driver": {"rules": [
                {"id": "sql", "properties": {"tags": ["security", "external/cwe/cwe-089"]}},
                {"id": "xss", "properties": {"tags": ["external/cwe/cwe-079"]}},
            ]}},
            "results": [
                {"ruleId": "sql", "locations": at("T1.java")},
                {"ruleId": "xss", "locations": at("T2.java")},
                {"ruleId": "sql", "locations": at("T3.java")},
            ],
        }]});
        let expected = "# name, category, real, cwe\nT1,sqli,true,89\nT2,sqli,true,89\nT3,sqli,false,89\nT4,sqli,false,89\n";
        let scores = scores(expected, &sarif);
        assert_eq!(scores["sqli"], Score { real: 2, found: 1, safe: 2, alarms: 1 });
        assert_eq!(scores["sqli"].youden(), 0.0);
    }
}
