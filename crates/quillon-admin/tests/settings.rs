//! Settings and models.

use quillon_admin::Admin;
use quillon_base::FaultCode;
use quillon_contract::ask::{ModelListAsk, ModelUseAsk, SettingsReadAsk, SettingsWriteAsk};
use quillon_testkit::Kit;

fn write(key: &str, value: Option<&str>) -> SettingsWriteAsk {
    SettingsWriteAsk { key: key.into(), value: value.map(str::to_owned) }
}

#[tokio::test]
async fn a_setting_is_written_shown_and_unset() {
    let travel = Kit::new().with(Admin).start().await;
    let show = |key: Option<&str>, all| SettingsReadAsk { key: key.map(str::to_owned), all };
    assert!(travel.ask(show(None, false)).await.text().starts_with("Nothing is set"));
    let trail = travel.ask(write("quillon.chat.passages", Some("8"))).await;
    assert_eq!(
        trail.shape(),
        [
            "opened settings.write",
            "effect quillon:ReadSettings",
            "effect closed done",
            "effect quillon:WriteSettings",
            "effect closed done",
            "closed done"
        ]
    );
    assert_eq!(travel.ask(show(Some("quillon.chat.passages"), false)).await.text(), "8\n");
    assert_eq!(travel.ask(show(None, false)).await.rows().len(), 1);
    assert!(travel.ask(show(None, true)).await.rows().len() > 2);
    travel.ask(write("quillon.chat.passages", None)).await;
    assert_eq!(travel.ask(show(Some("quillon.chat.passages"), false)).await.text(), "5\n");
}

#[tokio::test]
async fn what_cannot_be_set_changes_nothing() {
    let travel = Kit::new().with(Admin).start().await;
    let code = async |key: &str, value: &str| travel.ask(write(key, Some(value))).await.fault().unwrap().code;
    assert_eq!(code("quillon.audit", "off").await, FaultCode::SettingUnknown);
    assert_eq!(code("quillon.keys", "paper").await, FaultCode::SettingInvalid);
    assert_eq!(travel.host.private("settings.json"), None);
}

#[tokio::test]
async fn a_model_is_chosen_for_the_next_start() {
    let travel = Kit::new().with(Admin).with_model([]).start().await;
    let rows = travel.ask(ModelListAsk::default()).await.rows();
    assert!(rows[0].starts_with("embedded | ") && rows[1].contains("answers now"), "{rows:?}");
    travel.ask(ModelUseAsk { model: "script:a.json".into() }).await;
    let kept = String::from_utf8(travel.host.private("settings.json").unwrap()).unwrap();
    assert!(kept.contains("\"quillon.model\": \"script:a.json\""), "{kept}");
    let trail = travel.ask(ModelUseAsk { model: "gpt".into() }).await;
    assert_eq!(trail.fault().unwrap().code, FaultCode::ModelUnknown);
}
